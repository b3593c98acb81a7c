import { defineWords } from '@/words';

/** Words that several pages of planning share. */
export const planningWords = defineWords({
  en: {
    scenarios: 'Scenarios', scenario: 'Scenario', draft: 'Draft', submitted: 'Waiting for approval', approved: 'Approved', archived: 'Archived',
    units: 'units', hours: 'h', utilization: 'Utilisation', finished: 'Finished', unmet: 'Unmet', demand: 'Demand', line: 'Line', lines: 'Lines', area: 'Area', areas: 'Areas', model: 'Model', period: 'Period', customer: 'Customer', family: 'Family',
    low: 'under 70 %', good: '70 to 85 %', high: '85 to 95 %', full: '95 to 100 %', over: 'over 100 %', none: 'no hours', constraint: 'Constraint',
    name: 'Name', description: 'What it is for', cancel: 'Cancel', close: 'Close', save: 'Save', delete: 'Delete', from: 'From', to: 'To', all: 'All',
    notOptimized: 'Not optimized yet', optimize: 'Optimize', optimizing: 'Optimizing…', queued: 'Waiting for its turn', reading: 'Reading the plant', solving: 'Looking for the best plan', keeping: 'Keeping the result',
    stop: 'Stop', stopping: 'Stopping…', done: 'Optimized', fromCache: 'The same question was answered before: that answer counts', cancelled: 'Stopped; nothing was changed', failed: 'It could not be optimized',
    clone: 'Clone', cloneTitle: 'Clone “{name}”', cloneHelp: 'The clone starts where this one stands, and stays so when this one is changed.', cloneName: '{name}, variant', cloned: '“{name}” was made',
    compare: 'Compare', mayNot: 'It needs the right {permission}; whoever gives roles in your organization can grant it',
    reason_capacity: 'Every line that could is full', reason_no_capability: 'No line can make it', reason_not_approved: 'No line is approved then', reason_outside_program_life: 'Outside the program’s life', reason_no_hours: 'Its lines have no hours then',
    reason_other_area: 'Another area limits it', reason_integer_rules: 'Minimum lots or split limits forbid it', reason_frozen: 'The period is frozen',
    optimal: 'Proven optimal', heuristic: 'Baseline rule, nothing proven', limit_reached: 'Within {gap} % of the best possible',
    language: 'Language',
  },
  es: {
    scenarios: 'Escenarios', scenario: 'Escenario', draft: 'Borrador', submitted: 'Pendiente de aprobación', approved: 'Aprobado', archived: 'Archivado',
    units: 'unidades', hours: 'h', utilization: 'Utilización', finished: 'Terminado', unmet: 'No cubierto', demand: 'Demanda', line: 'Línea', lines: 'Líneas', area: 'Área', areas: 'Áreas', model: 'Modelo', period: 'Periodo', customer: 'Cliente', family: 'Familia',
    low: 'menos de 70 %', good: '70 a 85 %', high: '85 a 95 %', full: '95 a 100 %', over: 'más de 100 %', none: 'sin horas', constraint: 'Restricción',
    name: 'Nombre', description: 'Para qué sirve', cancel: 'Cancelar', close: 'Cerrar', save: 'Guardar', delete: 'Eliminar', from: 'Desde', to: 'Hasta', all: 'Todos',
    notOptimized: 'Aún sin optimizar', optimize: 'Optimizar', optimizing: 'Optimizando…', queued: 'Espera su turno', reading: 'Leyendo la planta', solving: 'Buscando el mejor plan', keeping: 'Guardando el resultado',
    stop: 'Detener', stopping: 'Deteniendo…', done: 'Optimizado', fromCache: 'La misma pregunta ya se había respondido: vale esa respuesta', cancelled: 'Detenido; no ha cambiado nada', failed: 'No se ha podido optimizar',
    clone: 'Clonar', cloneTitle: 'Clonar «{name}»', cloneHelp: 'El clon parte de donde está este y se queda así aunque este cambie.', cloneName: '{name}, variante', cloned: 'Se ha creado «{name}»',
    compare: 'Comparar', mayNot: 'Requiere el permiso {permission}; quien asigna roles en su organización puede concederlo',
    reason_capacity: 'Todas las líneas posibles están llenas', reason_no_capability: 'Ninguna línea puede fabricarlo', reason_not_approved: 'Ninguna línea está aprobada entonces', reason_outside_program_life: 'Fuera de la vida del programa', reason_no_hours: 'Sus líneas no tienen horas entonces',
    reason_other_area: 'Otra área lo limita', reason_integer_rules: 'Lo impiden lotes mínimos o límites de reparto', reason_frozen: 'El periodo está congelado',
    optimal: 'Óptimo demostrado', heuristic: 'Regla básica, nada demostrado', limit_reached: 'A menos de {gap} % de lo mejor posible',
    language: 'Idioma',
  },
  de: {
    scenarios: 'Szenarien', scenario: 'Szenario', draft: 'Entwurf', submitted: 'Wartet auf Genehmigung', approved: 'Genehmigt', archived: 'Archiviert',
    units: 'Stück', hours: 'h', utilization: 'Auslastung', finished: 'Fertig', unmet: 'Nicht gedeckt', demand: 'Bedarf', line: 'Linie', lines: 'Linien', area: 'Bereich', areas: 'Bereiche', model: 'Modell', period: 'Periode', customer: 'Kunde', family: 'Familie',
    low: 'unter 70 %', good: '70 bis 85 %', high: '85 bis 95 %', full: '95 bis 100 %', over: 'über 100 %', none: 'keine Stunden', constraint: 'Engpass',
    name: 'Name', description: 'Wofür es ist', cancel: 'Abbrechen', close: 'Schließen', save: 'Speichern', delete: 'Löschen', from: 'Von', to: 'Bis', all: 'Alle',
    notOptimized: 'Noch nicht optimiert', optimize: 'Optimieren', optimizing: 'Wird optimiert…', queued: 'Wartet, bis es an der Reihe ist', reading: 'Das Werk wird gelesen', solving: 'Der beste Plan wird gesucht', keeping: 'Das Ergebnis wird abgelegt',
    stop: 'Anhalten', stopping: 'Wird angehalten…', done: 'Optimiert', fromCache: 'Dieselbe Frage war schon beantwortet: die Antwort gilt', cancelled: 'Angehalten; nichts wurde geändert', failed: 'Es konnte nicht optimiert werden',
    clone: 'Klonen', cloneTitle: '„{name}“ klonen', cloneHelp: 'Der Klon beginnt, wo dieses steht, und bleibt so, auch wenn dieses geändert wird.', cloneName: '{name}, Variante', cloned: '„{name}“ ist angelegt',
    compare: 'Vergleichen', mayNot: 'Es verlangt das Recht {permission}; wer in Ihrer Organisation Rollen vergibt, kann es erteilen',
    reason_capacity: 'Jede Linie, die könnte, ist voll', reason_no_capability: 'Keine Linie kann es fertigen', reason_not_approved: 'Dann ist keine Linie freigegeben', reason_outside_program_life: 'Außerhalb der Programmlaufzeit', reason_no_hours: 'Seine Linien haben dann keine Stunden',
    reason_other_area: 'Ein anderer Bereich begrenzt es', reason_integer_rules: 'Mindestlose oder Aufteilungsgrenzen verbieten es', reason_frozen: 'Die Periode ist eingefroren',
    optimal: 'Nachweislich optimal', heuristic: 'Grundregel, nichts bewiesen', limit_reached: 'Höchstens {gap} % unter dem Bestmöglichen',
    language: 'Sprache',
  },
});

export type PlanningKey = keyof (typeof planningWords)['en'];
