import { defineWords } from '@/words';

/** Parameters of the optimizer: what they are called, what they do, what they may be. */
export const parameterWords = defineWords({
  en: {
    yes: 'yes', no: 'no', usual: 'as usual', usualValue: 'as usual: {value}', inheritedValue: 'from the base: {value}', groupWhat: 'What counts', groupHow: 'How the lines are used', groupScope: 'Which periods and demand', groupWhole: 'Whole decisions', groupLimits: 'Limits of the search',
    model: 'What counts as met', modelHelp: 'Finished units pass their whole routing: no area makes what another cannot finish.', model_area: 'each area on its own', model_finished: 'finished units', model_prebuild: 'finished units, made ahead where it helps', model_baseline: 'line by line, as spreadsheets do',
    weight: 'What a unit not met costs', weightHelp: 'Decides which models come first when hours are short.', weight_hours: 'its standard hours', weight_units: 'one, whatever it is', weight_money: 'its value',
    balance: 'Balancing of lines', balanceHelp: 'After demand: even out how full lines are.', balance_leximin: 'all, the fullest first', balance_max: 'only the fullest', balance_off: 'not at all',
    preference: 'Preferred lines', preferenceHelp: 'After balancing: as much as possible on the lines with priority 1.', changeovers: 'Changeovers', changeoversHelp: 'How changing from one model to another takes time of the line.', changeovers_none: 'take no time', changeovers_mix: 'by the mix of the line', changeovers_campaign: 'once for each model and period',
    campaigns_per_period: 'Runs of each model in a period', campaigns_per_periodHelp: 'How often a model is set up in a period.', prebuild_cover_pct: 'Most stock ahead', prebuild_cover_pctHelp: 'Of the next period’s demand.', from_period: 'First period', from_periodHelp: 'Left open: the first with demand.', to_period: 'Last period', to_periodHelp: 'Left open: the last with demand.',
    demand_source: 'Demand from', demand_sourceHelp: 'Left open: all sources together.', source_manual: 'typed in', source_workbook: 'workbook', source_erp: 'ERP', source_edi: 'EDI', source_forecast: 'forecast', minimum_lots: 'Keep minimum lots', minimum_lotsHelp: 'A line makes a model in at least its minimum lot, or not at all.',
    max_lines_per_step: 'Most lines for a model and area', max_lines_per_stepHelp: 'How far a model may be split.', openings: 'Choose which lines to open', openingsHelp: 'By their opening cost.', gap_pct: 'Gap that may remain', gap_pctHelp: 'Only for whole decisions; smaller takes longer.', gains: 'Approvals and shifts tried', gainsHelp: 'How many are tried for what they would gain.',
    time_limit_s: 'Longest time', time_limit_sHelp: 'Only for whole decisions.',
  },
  es: {
    yes: 'sí', no: 'no', usual: 'lo habitual', usualValue: 'lo habitual: {value}', inheritedValue: 'de la base: {value}', groupWhat: 'Qué cuenta', groupHow: 'Cómo se usan las líneas', groupScope: 'Qué periodos y demanda', groupWhole: 'Decisiones enteras', groupLimits: 'Límites de la búsqueda',
    model: 'Qué cuenta como cubierto', modelHelp: 'Las unidades terminadas pasan toda su ruta: ningún área fabrica lo que otra no puede terminar.', model_area: 'cada área por su cuenta', model_finished: 'unidades terminadas', model_prebuild: 'unidades terminadas, adelantadas donde ayuda', model_baseline: 'línea por línea, como en hojas de cálculo',
    weight: 'Cuánto cuesta una unidad no cubierta', weightHelp: 'Decide qué modelos van primero cuando faltan horas.', weight_hours: 'sus horas estándar', weight_units: 'una, sea la que sea', weight_money: 'su valor',
    balance: 'Equilibrio de líneas', balanceHelp: 'Después de la demanda: igualar lo llenas que están.', balance_leximin: 'todas, primero la más llena', balance_max: 'solo la más llena', balance_off: 'nada',
    preference: 'Líneas preferidas', preferenceHelp: 'Después de equilibrar: lo más posible en las líneas con prioridad 1.', changeovers: 'Cambios de modelo', changeoversHelp: 'Cómo cambiar de modelo consume tiempo de la línea.', changeovers_none: 'no consumen tiempo', changeovers_mix: 'según la mezcla de la línea', changeovers_campaign: 'uno por modelo y periodo',
    campaigns_per_period: 'Series de cada modelo por periodo', campaigns_per_periodHelp: 'Cuántas veces se prepara un modelo en un periodo.', prebuild_cover_pct: 'Existencias adelantadas máximas', prebuild_cover_pctHelp: 'De la demanda del periodo siguiente.', from_period: 'Primer periodo', from_periodHelp: 'Abierto: el primero con demanda.', to_period: 'Último periodo', to_periodHelp: 'Abierto: el último con demanda.',
    demand_source: 'Demanda de', demand_sourceHelp: 'Abierto: todas las fuentes juntas.', source_manual: 'escrita a mano', source_workbook: 'libro de Excel', source_erp: 'ERP', source_edi: 'EDI', source_forecast: 'pronóstico', minimum_lots: 'Respetar lotes mínimos', minimum_lotsHelp: 'Una línea fabrica un modelo al menos en su lote mínimo, o nada.',
    max_lines_per_step: 'Líneas máximas por modelo y área', max_lines_per_stepHelp: 'Hasta dónde se reparte un modelo.', openings: 'Elegir qué líneas abrir', openingsHelp: 'Según su costo de apertura.', gap_pct: 'Diferencia que puede quedar', gap_pctHelp: 'Solo con decisiones enteras; menos tarda más.', gains: 'Aprobaciones y turnos probados', gainsHelp: 'Cuántos se prueban para ver qué aportarían.',
    time_limit_s: 'Tiempo máximo', time_limit_sHelp: 'Solo con decisiones enteras.',
  },
  de: {
    yes: 'ja', no: 'nein', usual: 'wie üblich', usualValue: 'wie üblich: {value}', inheritedValue: 'von der Grundlage: {value}', groupWhat: 'Was zählt', groupHow: 'Wie die Linien genutzt werden', groupScope: 'Welche Perioden und welcher Bedarf', groupWhole: 'Ganze Entscheidungen', groupLimits: 'Grenzen der Suche',
    model: 'Was als gedeckt zählt', modelHelp: 'Fertige Stücke gehen ihren ganzen Weg: Kein Bereich fertigt, was ein anderer nicht fertigstellen kann.', model_area: 'jeder Bereich für sich', model_finished: 'fertige Stücke', model_prebuild: 'fertige Stücke, vorgefertigt, wo es hilft', model_baseline: 'Linie für Linie, wie in Tabellen',
    weight: 'Was ein nicht gedecktes Stück kostet', weightHelp: 'Entscheidet, welche Modelle zuerst kommen, wenn Stunden fehlen.', weight_hours: 'seine Vorgabestunden', weight_units: 'eins, was es auch ist', weight_money: 'seinen Wert',
    balance: 'Ausgleich der Linien', balanceHelp: 'Nach dem Bedarf: wie voll die Linien sind, angleichen.', balance_leximin: 'alle, die vollste zuerst', balance_max: 'nur die vollste', balance_off: 'gar nicht',
    preference: 'Bevorzugte Linien', preferenceHelp: 'Nach dem Ausgleich: so viel wie möglich auf Linien mit Priorität 1.', changeovers: 'Rüsten', changeoversHelp: 'Wie das Wechseln der Modelle Zeit der Linie kostet.', changeovers_none: 'kostet keine Zeit', changeovers_mix: 'nach dem Mix der Linie', changeovers_campaign: 'einmal je Modell und Periode',
    campaigns_per_period: 'Läufe jedes Modells je Periode', campaigns_per_periodHelp: 'Wie oft ein Modell in einer Periode gerüstet wird.', prebuild_cover_pct: 'Höchster Vorrat', prebuild_cover_pctHelp: 'Vom Bedarf der nächsten Periode.', from_period: 'Erste Periode', from_periodHelp: 'Offen: die erste mit Bedarf.', to_period: 'Letzte Periode', to_periodHelp: 'Offen: die letzte mit Bedarf.',
    demand_source: 'Bedarf aus', demand_sourceHelp: 'Offen: alle Quellen zusammen.', source_manual: 'eingetippt', source_workbook: 'Arbeitsmappe', source_erp: 'ERP', source_edi: 'EDI', source_forecast: 'Prognose', minimum_lots: 'Mindestlose einhalten', minimum_lotsHelp: 'Eine Linie fertigt ein Modell mindestens im Mindestlos oder gar nicht.',
    max_lines_per_step: 'Höchstens Linien je Modell und Bereich', max_lines_per_stepHelp: 'Wie weit ein Modell aufgeteilt wird.', openings: 'Wählen, welche Linien öffnen', openingsHelp: 'Nach ihren Öffnungskosten.', gap_pct: 'Lücke, die bleiben darf', gap_pctHelp: 'Nur bei ganzen Entscheidungen; kleiner dauert länger.', gains: 'Probierte Freigaben und Schichten', gainsHelp: 'Wie viele auf ihren Gewinn probiert werden.',
    time_limit_s: 'Längste Zeit', time_limit_sHelp: 'Nur bei ganzen Entscheidungen.',
  },
});

type ParameterKey = keyof (typeof parameterWords)['en'];

/** Choices whose words are known, by `parameter_value`. */
export const PARAMETER_VALUES: Record<string, ParameterKey | undefined> = {
  model_area: 'model_area', model_finished: 'model_finished', model_prebuild: 'model_prebuild', model_baseline: 'model_baseline',
  weight_hours: 'weight_hours', weight_units: 'weight_units', weight_money: 'weight_money',
  balance_leximin: 'balance_leximin', balance_max: 'balance_max', balance_off: 'balance_off',
  changeovers_none: 'changeovers_none', changeovers_mix: 'changeovers_mix', changeovers_campaign: 'changeovers_campaign',
  demand_source_manual: 'source_manual', demand_source_workbook: 'source_workbook', demand_source_erp: 'source_erp', demand_source_edi: 'source_edi', demand_source_forecast: 'source_forecast',
};
