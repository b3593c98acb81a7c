import { defineWords } from '@/words';

export const scenariosWords = defineWords({
  en: {
    about: 'Each scenario is a sandbox: it says what would be different from the plant’s records and changes none of them.',
    new: 'New scenario', make: 'Create', newHelp: 'It begins as the plant is. Say then what would be different: more days, a shift, an approval, other demand.', nameExample: 'Third shift on coating',
    show: 'Which are shown', showOpen: 'All in use', search: 'Search by name, description or tag', choose: 'Choose for comparing', chooseOne: 'Choose {name} for comparing', status: 'Status', changes: 'Changes', met: 'Demand met',
    fullest: 'Fullest line', changed: 'Changed', actions: 'Actions', actionsOf: 'Actions for {name}', inForce: 'In force', from: 'from “{name}”, version {version}', stale: 'The result is of version {version}: optimize again', compareThese: 'Compare {n}',
    compareNeeds: 'Choose two to six scenarios in the list', compareNeedsResults: 'Only optimized scenarios can be compared: optimize them first', compareMost: 'Six at most are compared at once',
    archive: 'Archive', restore: 'Take back', archivedNow: '“{name}” is archived', restoredNow: '“{name}” is back in use', noneTitle: 'No scenario yet', emptyTitle: 'This plant is empty', emptyText: 'Bring the workbook that you plan with today: its lines, models and volumes become this plant, seen before anything is written. The first scenario is a click away then.', importIt: 'Import a workbook',
    noneText: 'A scenario asks the optimizer what the plant can deliver. The first one is usually the plant as it is; the next ones say what would be different.', noMatch: 'Nothing matches', noMatchText: 'Take away the search or show all.',
  },
  es: {
    about: 'Cada escenario es un banco de pruebas: dice qué sería distinto de los registros de la planta y no cambia ninguno.',
    new: 'Nuevo escenario', make: 'Crear', newHelp: 'Empieza como está la planta. Después diga qué sería distinto: más días, un turno, una aprobación, otra demanda.', nameExample: 'Tercer turno en recubrimiento',
    show: 'Cuáles se muestran', showOpen: 'Todos en uso', search: 'Buscar por nombre, descripción o etiqueta', choose: 'Elegir para comparar', chooseOne: 'Elegir {name} para comparar', status: 'Estado', changes: 'Cambios', met: 'Demanda cubierta',
    fullest: 'Línea más llena', changed: 'Modificado', actions: 'Acciones', actionsOf: 'Acciones de {name}', inForce: 'Vigente', from: 'de «{name}», versión {version}', stale: 'El resultado es de la versión {version}: optimice de nuevo', compareThese: 'Comparar {n}',
    compareNeeds: 'Elija de dos a seis escenarios de la lista', compareNeedsResults: 'Solo se comparan escenarios optimizados: optimícelos antes', compareMost: 'Se comparan seis como máximo a la vez',
    archive: 'Archivar', restore: 'Recuperar', archivedNow: '«{name}» está archivado', restoredNow: '«{name}» vuelve a estar en uso', noneTitle: 'Aún no hay escenarios', emptyTitle: 'Esta planta está vacía', emptyText: 'Traiga el libro con el que planifica hoy: sus líneas, modelos y volúmenes forman esta planta, vistos antes de escribir nada. El primer escenario queda entonces a un clic.', importIt: 'Importar un libro de Excel',
    noneText: 'Un escenario pregunta al optimizador qué puede entregar la planta. El primero suele ser la planta tal como está; los siguientes dicen qué sería distinto.', noMatch: 'Sin coincidencias', noMatchText: 'Quite la búsqueda o muestre todos.',
  },
  de: {
    about: 'Jedes Szenario ist ein Sandkasten: Es sagt, was anders wäre als in den Daten des Werks, und ändert davon nichts.',
    new: 'Neues Szenario', make: 'Anlegen', newHelp: 'Es beginnt so, wie das Werk ist. Sagen Sie dann, was anders wäre: mehr Tage, eine Schicht, eine Freigabe, anderer Bedarf.', nameExample: 'Dritte Schicht in der Beschichtung',
    show: 'Welche gezeigt werden', showOpen: 'Alle genutzten', search: 'Nach Name, Beschreibung oder Schlagwort suchen', choose: 'Zum Vergleichen wählen', chooseOne: '{name} zum Vergleichen wählen', status: 'Stand', changes: 'Änderungen', met: 'Bedarf gedeckt',
    fullest: 'Vollste Linie', changed: 'Geändert', actions: 'Aktionen', actionsOf: 'Aktionen für {name}', inForce: 'In Kraft', from: 'aus „{name}“, Version {version}', stale: 'Das Ergebnis ist von Version {version}: neu optimieren', compareThese: '{n} vergleichen',
    compareNeeds: 'Wählen Sie zwei bis sechs Szenarien aus der Liste', compareNeedsResults: 'Verglichen werden nur optimierte Szenarien: optimieren Sie sie zuerst', compareMost: 'Höchstens sechs werden zugleich verglichen',
    archive: 'Archivieren', restore: 'Zurückholen', archivedNow: '„{name}“ ist archiviert', restoredNow: '„{name}“ ist wieder in Gebrauch', noneTitle: 'Noch kein Szenario', emptyTitle: 'Dieses Werk ist leer', emptyText: 'Bringen Sie die Arbeitsmappe, mit der Sie heute planen: ihre Linien, Modelle und Stückzahlen werden zu diesem Werk, gesehen, bevor etwas geschrieben wird. Das erste Szenario ist dann nur einen Klick entfernt.', importIt: 'Arbeitsmappe importieren',
    noneText: 'Ein Szenario fragt den Optimierer, was das Werk liefern kann. Das erste ist meist das Werk, wie es ist; die nächsten sagen, was anders wäre.', noMatch: 'Nichts gefunden', noMatchText: 'Nehmen Sie die Suche weg oder zeigen Sie alle.',
  },
});
