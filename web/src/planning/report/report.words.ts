import { defineWords } from '@/words';

export const reportWords = defineWords({
  en: {
    title: 'Capacity report', language: 'Language of the report', xlsx: 'Excel workbook', csv: 'CSV: what is made where', json: 'JSON: the whole plan', print: 'Print or save as PDF', download: 'Download', preview: 'Preview', mayNot: 'Taking data away needs the right to export', noResult: 'Optimize the scenario first: the report is of a result.',
    status: 'Status', plant: 'Plant', version: 'Version', optimized: 'Optimized', by: 'by', changes: 'What this scenario changes', changesNone: 'Nothing: it is the plant as it is.', summary: 'In one sentence', utilization: 'Utilisation of areas (%)', lines: 'Utilisation of lines (%)', unmet: 'Demand not met', gains: 'What would help most', checked: 'Recomputed independently of the optimizer: demand, capacity and routes balance.', noted: 'Taking a report away is noted in the audit trail.',
    sections: 'What it shows', decision: 'Decision',
  },
  es: {
    title: 'Informe de capacidad', language: 'Idioma del informe', xlsx: 'Libro de Excel', csv: 'CSV: qué se fabrica dónde', json: 'JSON: el plan completo', print: 'Imprimir o guardar como PDF', download: 'Descargar', preview: 'Vista previa', mayNot: 'Llevarse datos requiere el permiso de exportar', noResult: 'Optimice antes el escenario: el informe es de un resultado.',
    status: 'Estado', plant: 'Planta', version: 'Versión', optimized: 'Optimizado', by: 'por', changes: 'Qué cambia este escenario', changesNone: 'Nada: es la planta tal como está.', summary: 'En una frase', utilization: 'Utilización de áreas (%)', lines: 'Utilización de líneas (%)', unmet: 'Demanda no cubierta', gains: 'Qué ayudaría más', checked: 'Recalculado aparte del optimizador: demanda, capacidad y rutas cuadran.', noted: 'Llevarse un informe queda anotado en el registro de auditoría.',
    sections: 'Qué muestra', decision: 'Decisión',
  },
  de: {
    title: 'Kapazitätsbericht', language: 'Sprache des Berichts', xlsx: 'Excel-Arbeitsmappe', csv: 'CSV: was wo gefertigt wird', json: 'JSON: der ganze Plan', print: 'Drucken oder als PDF speichern', download: 'Herunterladen', preview: 'Vorschau', mayNot: 'Daten mitzunehmen verlangt das Recht zu exportieren', noResult: 'Erst das Szenario optimieren: Der Bericht ist über ein Ergebnis.',
    status: 'Stand', plant: 'Werk', version: 'Version', optimized: 'Optimiert', by: 'von', changes: 'Was dieses Szenario ändert', changesNone: 'Nichts: Es ist das Werk, wie es ist.', summary: 'In einem Satz', utilization: 'Auslastung der Bereiche (%)', lines: 'Auslastung der Linien (%)', unmet: 'Nicht gedeckter Bedarf', gains: 'Was am meisten helfen würde', checked: 'Unabhängig vom Optimierer nachgerechnet: Bedarf, Kapazität und Wege gehen auf.', noted: 'Wer einen Bericht mitnimmt, steht in der Prüfspur.',
    sections: 'Was er zeigt', decision: 'Entscheidung',
  },
});
