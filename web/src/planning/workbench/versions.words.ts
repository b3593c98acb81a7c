import { defineWords } from '@/words';

export const versionsWords = defineWords({
  en: {
    title: 'Versions, the newest first', noMessage: 'No message', now: 'Now', compareWith: 'Compare', restore: 'Make it the present one', restoreTitle: 'Make version {version} the present one', restoreText: 'What it says becomes a new version; no version is lost.',
    restored: 'Saved as version {version}', notNow: 'Only drafts without unsaved edits can be changed', differs: 'Version {to} against version {from}', begins: 'What version {to} says', same: 'They say the same.', added: 'New', removed: 'Gone', kept: '{n|1 change|# changes} of {all} were there before',
  },
  es: {
    title: 'Versiones, la más reciente primero', noMessage: 'Sin mensaje', now: 'Actual', compareWith: 'Comparar', restore: 'Hacerla la actual', restoreTitle: 'Hacer de la versión {version} la actual', restoreText: 'Lo que dice pasa a ser una versión nueva; no se pierde ninguna.',
    restored: 'Guardado como versión {version}', notNow: 'Solo se cambian borradores sin ediciones pendientes', differs: 'Versión {to} respecto a la versión {from}', begins: 'Qué dice la versión {to}', same: 'Dicen lo mismo.', added: 'Nuevo', removed: 'Retirado', kept: '{n|1 cambio|# cambios} de {all} ya estaban antes',
  },
  de: {
    title: 'Versionen, die neueste zuerst', noMessage: 'Ohne Bemerkung', now: 'Jetzt', compareWith: 'Vergleichen', restore: 'Zur jetzigen machen', restoreTitle: 'Version {version} zur jetzigen machen', restoreText: 'Was sie sagt, wird eine neue Version; keine geht verloren.',
    restored: 'Gespeichert als Version {version}', notNow: 'Nur Entwürfe ohne ungespeicherte Eingaben können geändert werden', differs: 'Version {to} gegenüber Version {from}', begins: 'Was Version {to} sagt', same: 'Sie sagen dasselbe.', added: 'Neu', removed: 'Weg', kept: '{n|1 Änderung|# Änderungen} von {all} gab es schon vorher',
  },
});
