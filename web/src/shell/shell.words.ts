import { defineWords } from '@/words';

export const shellWords = defineWords({
  en: {
    overview: 'Overview', plan: 'Plan', factory: 'Factory data', work: 'Work', administration: 'Administration',
    skip: 'Skip to the content', menu: 'Menu', collapse: 'Narrow navigation', expand: 'Widen navigation', navigation: 'Navigation',
    findAnything: 'Find or do anything', plant: 'Plant', noPlant: 'No plant yet', choosePlant: 'Choose a plant', allPlants: 'All plants', organization: 'Organization',
    account: 'Account', signOut: 'Sign out', theme: 'Appearance', themeSystem: 'As the device', themeLight: 'Light', themeDark: 'Dark',
    density: 'Density', compact: 'Dense', comfortable: 'Comfortable', language: 'Language', shortcuts: 'Keyboard shortcuts', apiDocs: 'API explorer',
    help: 'Help', notifications: 'Notifications', noPermission: 'You may not open this page', noPermissionText: 'It needs the permission {permission}. Whoever gives roles in your organization can grant it.',
    offline: 'No connection. What you see may be out of date.', myAccount: 'My account',
  },
  es: {
    overview: 'Resumen', plan: 'Planificar', factory: 'Datos de fábrica', work: 'Trabajo', administration: 'Administración',
    skip: 'Saltar al contenido', menu: 'Menú', collapse: 'Estrechar navegación', expand: 'Ensanchar navegación', navigation: 'Navegación',
    findAnything: 'Buscar o hacer cualquier cosa', plant: 'Planta', noPlant: 'Aún no hay plantas', choosePlant: 'Elegir planta', allPlants: 'Todas las plantas', organization: 'Organización',
    account: 'Cuenta', signOut: 'Cerrar sesión', theme: 'Apariencia', themeSystem: 'Como el dispositivo', themeLight: 'Clara', themeDark: 'Oscura',
    density: 'Densidad', compact: 'Densa', comfortable: 'Cómoda', language: 'Idioma', shortcuts: 'Atajos de teclado', apiDocs: 'Explorador de la API',
    help: 'Ayuda', notifications: 'Notificaciones', noPermission: 'No puede abrir esta página', noPermissionText: 'Requiere el permiso {permission}. Quien asigna roles en su organización puede concederlo.',
    offline: 'Sin conexión. Lo que ve puede no estar al día.', myAccount: 'Mi cuenta',
  },
  de: {
    overview: 'Überblick', plan: 'Planen', factory: 'Werksdaten', work: 'Arbeit', administration: 'Verwaltung',
    skip: 'Zum Inhalt springen', menu: 'Menü', collapse: 'Navigation verschmälern', expand: 'Navigation verbreitern', navigation: 'Navigation',
    findAnything: 'Alles finden und tun', plant: 'Werk', noPlant: 'Noch kein Werk', choosePlant: 'Werk wählen', allPlants: 'Alle Werke', organization: 'Organisation',
    account: 'Konto', signOut: 'Abmelden', theme: 'Darstellung', themeSystem: 'Wie das Gerät', themeLight: 'Hell', themeDark: 'Dunkel',
    density: 'Dichte', compact: 'Dicht', comfortable: 'Bequem', language: 'Sprache', shortcuts: 'Tastenkürzel', apiDocs: 'API-Explorer',
    help: 'Hilfe', notifications: 'Benachrichtigungen', noPermission: 'Sie dürfen diese Seite nicht öffnen', noPermissionText: 'Sie verlangt die Berechtigung {permission}. Wer in Ihrer Organisation Rollen vergibt, kann sie erteilen.',
    offline: 'Keine Verbindung. Was Sie sehen, kann veraltet sein.', myAccount: 'Mein Konto',
  },
});
