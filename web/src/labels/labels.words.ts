import { defineWords } from '@/words';

export const labelWords = defineWords({
  en: { label: 'Label', labelOf: 'Label of {what}', preview: 'How it looks', template: 'Template', standard: 'The usual one', copies: 'Copies', quantity: 'In the package', quantityHelp: 'Printed on the label and in its code; leave it empty where it does not matter.', optional: 'optional', pdf: 'PDF', zpl: 'For a label printer (ZPL)', print: 'Print', wrongCopies: 'From 1 to {most} copies' },
  es: { label: 'Etiqueta', labelOf: 'Etiqueta de {what}', preview: 'Así se ve', template: 'Plantilla', standard: 'La habitual', copies: 'Copias', quantity: 'En el envase', quantityHelp: 'Se imprime en la etiqueta y en su código; déjelo vacío si no importa.', optional: 'opcional', pdf: 'PDF', zpl: 'Para impresora de etiquetas (ZPL)', print: 'Imprimir', wrongCopies: 'De 1 a {most} copias' },
  de: { label: 'Etikett', labelOf: 'Etikett von {what}', preview: 'So sieht es aus', template: 'Vorlage', standard: 'Die übliche', copies: 'Stück', quantity: 'In der Verpackung', quantityHelp: 'Steht auf dem Etikett und in seinem Code; bleibt leer, wo es keine Rolle spielt.', optional: 'optional', pdf: 'PDF', zpl: 'Für Etikettendrucker (ZPL)', print: 'Drucken', wrongCopies: 'Von 1 bis {most} Stück' },
});
