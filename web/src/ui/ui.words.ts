import { defineWords } from '@/words';

export const uiWords = defineWords({
  en: {
    close: 'Close', cancel: 'Cancel', save: 'Save', retry: 'Try again', loading: 'Loading', copy: 'Copy', copied: 'Copied', optional: 'optional',
    wentWrong: 'This did not work', unreachable: 'The server does not answer. Check the network; what you entered is still here.',
    requestId: 'Request {id}', requestHelp: 'Give this number to your administrator: the server’s log knows the request by it.',
    notFound: 'There is nothing here', notFoundText: 'It does not exist, or it is not visible to you.', toStart: 'To the start page',
    reload: 'Reload', newVersion: 'Gemba was updated. Reload the page to go on.',
    none: 'None', search: 'Search', noMatch: 'Nothing matches', more: 'More',
  },
  es: {
    close: 'Cerrar', cancel: 'Cancelar', save: 'Guardar', retry: 'Reintentar', loading: 'Cargando', copy: 'Copiar', copied: 'Copiado', optional: 'opcional',
    wentWrong: 'No ha funcionado', unreachable: 'El servidor no responde. Compruebe la red; lo que introdujo sigue aquí.',
    requestId: 'Petición {id}', requestHelp: 'Dé este número a su administrador: el registro del servidor conoce la petición por él.',
    notFound: 'Aquí no hay nada', notFoundText: 'No existe, o no es visible para usted.', toStart: 'Ir al inicio',
    reload: 'Recargar', newVersion: 'Gemba se ha actualizado. Recargue la página para continuar.',
    none: 'Ninguno', search: 'Buscar', noMatch: 'Sin coincidencias', more: 'Más',
  },
  de: {
    close: 'Schließen', cancel: 'Abbrechen', save: 'Speichern', retry: 'Erneut versuchen', loading: 'Wird geladen', copy: 'Kopieren', copied: 'Kopiert', optional: 'optional',
    wentWrong: 'Das hat nicht geklappt', unreachable: 'Der Server antwortet nicht. Prüfen Sie das Netz; Ihre Eingaben sind noch da.',
    requestId: 'Anfrage {id}', requestHelp: 'Nennen Sie diese Nummer Ihrem Administrator: Das Protokoll des Servers kennt die Anfrage darunter.',
    notFound: 'Hier ist nichts', notFoundText: 'Das gibt es nicht, oder es ist für Sie nicht sichtbar.', toStart: 'Zur Startseite',
    reload: 'Neu laden', newVersion: 'Gemba wurde aktualisiert. Laden Sie die Seite neu.',
    none: 'Keine', search: 'Suchen', noMatch: 'Nichts gefunden', more: 'Mehr',
  },
});
