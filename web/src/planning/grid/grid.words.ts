import { defineWords } from '@/words';

export const gridWords = defineWords({
  en: {
    number: 'this is no number', least: 'at least {limit}', most: 'at most {limit}', whole: 'a whole number is needed', date: 'write a date, such as 2028-01-31',
    choice: 'this is none of the choices', yesno: 'write yes or no', copied: '{n|1 cell copied|# cells copied}', pasted: '{n|1 cell pasted|# cells pasted}',
    pastedSome: '{n|1 cell|# cells} pasted, {skipped} left out: they cannot be changed here', refused: '{n|One value|# values} cannot be taken; nothing was pasted',
    rowNumber: 'row {n}', andMore: 'and {n} more', changedFrom: 'was', empty: 'There is nothing to show',
  },
  es: {
    number: 'no es un número', least: 'al menos {limit}', most: 'como máximo {limit}', whole: 'se necesita un número entero', date: 'escriba una fecha, como 2028-01-31',
    choice: 'no es ninguna de las opciones', yesno: 'escriba sí o no', copied: '{n|1 celda copiada|# celdas copiadas}', pasted: '{n|1 celda pegada|# celdas pegadas}',
    pastedSome: '{n|1 celda pegada|# celdas pegadas}, {skipped} omitidas: aquí no se pueden cambiar', refused: '{n|Un valor|# valores} no se pueden tomar; no se ha pegado nada',
    rowNumber: 'fila {n}', andMore: 'y {n} más', changedFrom: 'antes', empty: 'No hay nada que mostrar',
  },
  de: {
    number: 'das ist keine Zahl', least: 'mindestens {limit}', most: 'höchstens {limit}', whole: 'es muss eine ganze Zahl sein', date: 'ein Datum schreiben, etwa 2028-01-31',
    choice: 'das ist keine der Möglichkeiten', yesno: 'ja oder nein schreiben', copied: '{n|1 Zelle kopiert|# Zellen kopiert}', pasted: '{n|1 Zelle eingefügt|# Zellen eingefügt}',
    pastedSome: '{n|1 Zelle|# Zellen} eingefügt, {skipped} ausgelassen: hier nicht änderbar', refused: '{n|Ein Wert kann|# Werte können} nicht übernommen werden; nichts wurde eingefügt',
    rowNumber: 'Zeile {n}', andMore: 'und {n} weitere', changedFrom: 'vorher', empty: 'Hier gibt es nichts zu zeigen',
  },
});
