/** What sheets and columns can hold, in the reader's language; the server's names are the keys. */
import { defineWords, useWords } from '@/words';
import { importsWords } from './imports.words';

export const meaningsWords = defineWords({
  en: {
    lines: 'Lines', models: 'Models', compatibilities: 'Compatibilities', volumes: 'Volumes', areas: 'Areas', routings: 'Routings', changeovers: 'Changeovers', calendar: 'Calendar', 'family steps': 'Steps of families',
    name: 'Name', code: 'Code', plant: 'Plant', area: 'Area', 'available time per day': 'Hours per day', efficiency: 'Efficiency', 'overtime hours per day': 'Overtime per day', 'planned maintenance hours per period': 'Planned maintenance', active: 'Active', 'shift pattern': 'Shift pattern', 'opening cost': 'Opening cost',
    customer: 'Customer', program: 'Program', family: 'Family', 'annual volume': 'Annual volume', 'operating days': 'Operating days', weight: 'Weight', tier: 'Tier', 'unit value': 'Unit value', currency: 'Currency', 'program start': 'Program start', 'program end': 'Program end',
    line: 'Line', model: 'Model', 'cycle time': 'Cycle time', priority: 'Priority', yield: 'Yield', 'pieces per panel': 'Pieces per panel', 'minimum lot': 'Minimum lot', 'approved from': 'Approved from', 'approved to': 'Approved to', approved: 'Approved', period: 'Period', volume: 'Volume', order: 'Order', passes: 'Passes', 'predecessor areas': 'Areas before',
    'from family or model': 'From family or model', 'to family or model': 'To family or model', minutes: 'Minutes', side: 'Side', 'compatible lines': 'Lines that can', 'quantity per product': 'Quantity per product', 'remark (not used)': 'Remark, not used',
  },
  es: {
    lines: 'Líneas', models: 'Modelos', compatibilities: 'Compatibilidades', volumes: 'Volúmenes', areas: 'Áreas', routings: 'Rutas', changeovers: 'Cambios', calendar: 'Calendario', 'family steps': 'Pasos de familias',
    name: 'Nombre', code: 'Código', plant: 'Planta', area: 'Área', 'available time per day': 'Horas por día', efficiency: 'Eficiencia', 'overtime hours per day': 'Horas extra por día', 'planned maintenance hours per period': 'Mantenimiento planificado', active: 'Activo', 'shift pattern': 'Patrón de turnos', 'opening cost': 'Coste de apertura',
    customer: 'Cliente', program: 'Programa', family: 'Familia', 'annual volume': 'Volumen anual', 'operating days': 'Días de operación', weight: 'Peso', tier: 'Nivel', 'unit value': 'Valor unitario', currency: 'Moneda', 'program start': 'Inicio del programa', 'program end': 'Fin del programa',
    line: 'Línea', model: 'Modelo', 'cycle time': 'Tiempo de ciclo', priority: 'Prioridad', yield: 'Rendimiento', 'pieces per panel': 'Piezas por panel', 'minimum lot': 'Lote mínimo', 'approved from': 'Aprobado desde', 'approved to': 'Aprobado hasta', approved: 'Aprobado', period: 'Periodo', volume: 'Volumen', order: 'Orden', passes: 'Pasadas', 'predecessor areas': 'Áreas previas',
    'from family or model': 'De familia o modelo', 'to family or model': 'A familia o modelo', minutes: 'Minutos', side: 'Lado', 'compatible lines': 'Líneas que pueden', 'quantity per product': 'Cantidad por producto', 'remark (not used)': 'Observación, no se usa',
  },
  de: {
    lines: 'Linien', models: 'Modelle', compatibilities: 'Freigaben', volumes: 'Stückzahlen', areas: 'Bereiche', routings: 'Arbeitspläne', changeovers: 'Rüstzeiten', calendar: 'Kalender', 'family steps': 'Schritte der Familien',
    name: 'Name', code: 'Kürzel', plant: 'Werk', area: 'Bereich', 'available time per day': 'Stunden je Tag', efficiency: 'Wirkungsgrad', 'overtime hours per day': 'Überstunden je Tag', 'planned maintenance hours per period': 'Geplante Wartung', active: 'Aktiv', 'shift pattern': 'Schichtmodell', 'opening cost': 'Eröffnungskosten',
    customer: 'Kunde', program: 'Programm', family: 'Familie', 'annual volume': 'Jahresstückzahl', 'operating days': 'Betriebstage', weight: 'Gewicht', tier: 'Rang', 'unit value': 'Stückwert', currency: 'Währung', 'program start': 'Programmbeginn', 'program end': 'Programmende',
    line: 'Linie', model: 'Modell', 'cycle time': 'Taktzeit', priority: 'Priorität', yield: 'Ausbeute', 'pieces per panel': 'Stück je Nutzen', 'minimum lot': 'Mindestlos', 'approved from': 'Freigegeben ab', 'approved to': 'Freigegeben bis', approved: 'Freigegeben', period: 'Periode', volume: 'Stückzahl', order: 'Reihenfolge', passes: 'Durchläufe', 'predecessor areas': 'Bereiche davor',
    'from family or model': 'Von Familie oder Modell', 'to family or model': 'Zu Familie oder Modell', minutes: 'Minuten', side: 'Seite', 'compatible lines': 'Mögliche Linien', 'quantity per product': 'Menge je Produkt', 'remark (not used)': 'Bemerkung, nicht verwendet',
  },
});

type Key = keyof (typeof meaningsWords)['en'];

/** `volume of 2027` and `cycle time` as people say them; what the server adds later is shown in its own words. */
export function useMeaning(): (meaning: string) => string {
  const m = useWords(meaningsWords);
  const t = useWords(importsWords);
  return (meaning) => {
    const wide = /^(volume|operating days) of (.+)$/.exec(meaning);
    if (wide) return t(wide[1] === 'volume' ? 'volumeOf' : 'daysOf', { period: wide[2]! });
    return meaning in meaningsWords.en ? m(meaning as Key) : meaning;
  };
}
