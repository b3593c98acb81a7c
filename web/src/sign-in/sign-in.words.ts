/** The words of the sign-in page, which has no framework and loads nothing of the app. */
const en = {
  title: 'Sign in', email: 'Email', password: 'Password', organization: 'Organization', organizationHelp: 'Its short name, such as acme.',
  signIn: 'Sign in', signingIn: 'Signing in', withPasskey: 'Sign in with a passkey', or: 'or', withProvider: 'Continue with {name}',
  show: 'Show', hide: 'Hide', needed: 'Please fill this in.', unreachable: 'The server does not answer. Check the network and try again.',
  wrong: 'Address or password is wrong.', waitFor: 'Too many attempts. Try again in {n} seconds.', request: 'Request {id}',
  secondTitle: 'One more step', secondText: 'Enter the six digits your authenticator app shows now.', code: 'Code', check: 'Continue', usePasskey: 'Use a passkey instead',
  useRecovery: 'Use a recovery code', useCode: 'Use the app instead', recovery: 'Recovery code', recoveryText: 'Each of your recovery codes works once.',
  changeTitle: 'Choose a new password', changeText: 'Somebody else chose your present one, so it has to be replaced first.', current: 'Present password', fresh: 'New password',
  rule: 'At least 12 characters; a few words that do not belong together are good.', repeat: 'Once more', differ: 'The two are not the same.', setPassword: 'Set the password',
  linkInvitation: 'Welcome to {organization}', linkReset: 'A new password for {organization}', linkText: 'You sign in as {email}.', linkBad: 'This link does not work any more. Ask for a new one.',
  linkDone: 'Your password is set. Sign in with it.', back: 'Back to signing in', tagline: 'Plan the plant. See why.', language: 'Language', ended: 'You are signed out.',
  setUpTitle: 'Set up a second factor', setUpText: 'Your role asks for one. Scan the picture with an authenticator app, or type the key, then enter the six digits it shows.', key: 'Key',
  setUpPasskey: 'Set up a passkey', setUpPasskeyText: 'Your role asks for a passkey: your device’s fingerprint, face, PIN or a security key.', recoveryTitle: 'Keep these codes',
  recoveryKeep: 'Each lets you in once if you lose your device. They are shown only now.', kept: 'I have kept them', severalOrganizations: 'My address is used in several organizations', providerRefused: 'The identity provider did not let you in ({code}).', useApp: 'Use an authenticator app', deviceName: 'This device', appName: 'Authenticator app', forgot: 'Forgot the password?', forgotTitle: 'A new password', forgotSent: 'If there is an account with this address, a link is on its way to it.', forgotSend: 'Send me a link', passkeyFailed: 'The passkey was not accepted, or was cancelled.',
};
type Key = keyof typeof en;
const es: Record<Key, string> = {
  title: 'Iniciar sesión', email: 'Correo electrónico', password: 'Contraseña', organization: 'Organización', organizationHelp: 'Su nombre corto, como acme.',
  signIn: 'Iniciar sesión', signingIn: 'Iniciando sesión', withPasskey: 'Entrar con una clave de acceso', or: 'o', withProvider: 'Continuar con {name}',
  show: 'Mostrar', hide: 'Ocultar', needed: 'Rellene este campo.', unreachable: 'El servidor no responde. Compruebe la red y vuelva a intentarlo.',
  wrong: 'La dirección o la contraseña no son correctas.', waitFor: 'Demasiados intentos. Pruebe de nuevo en {n} segundos.', request: 'Petición {id}',
  secondTitle: 'Un paso más', secondText: 'Escriba los seis dígitos que muestra ahora su aplicación de autenticación.', code: 'Código', check: 'Continuar', usePasskey: 'Usar una clave de acceso',
  useRecovery: 'Usar un código de recuperación', useCode: 'Usar la aplicación', recovery: 'Código de recuperación', recoveryText: 'Cada uno de sus códigos de recuperación sirve una vez.',
  changeTitle: 'Elija una contraseña nueva', changeText: 'La actual la eligió otra persona, así que primero hay que cambiarla.', current: 'Contraseña actual', fresh: 'Contraseña nueva',
  rule: 'Al menos 12 caracteres; van bien unas palabras que no tengan relación.', repeat: 'Otra vez', differ: 'No coinciden.', setPassword: 'Fijar la contraseña',
  linkInvitation: 'Le damos la bienvenida a {organization}', linkReset: 'Contraseña nueva para {organization}', linkText: 'Entra como {email}.', linkBad: 'Este enlace ya no sirve. Pida uno nuevo.',
  linkDone: 'Su contraseña está fijada. Inicie sesión con ella.', back: 'Volver a iniciar sesión', tagline: 'Planifique la planta. Vea por qué.', language: 'Idioma', ended: 'Ha cerrado la sesión.',
  setUpTitle: 'Configure un segundo factor', setUpText: 'Su rol lo exige. Escanee la imagen con una aplicación de autenticación, o escriba la clave, y luego los seis dígitos que muestre.', key: 'Clave',
  setUpPasskey: 'Configurar una clave de acceso', setUpPasskeyText: 'Su rol exige una clave de acceso: la huella, la cara, el PIN de su dispositivo o una llave de seguridad.', recoveryTitle: 'Guarde estos códigos',
  recoveryKeep: 'Cada uno le deja entrar una vez si pierde su dispositivo. Solo se muestran ahora.', kept: 'Los he guardado', severalOrganizations: 'Mi dirección se usa en varias organizaciones', providerRefused: 'El proveedor de identidad no le dejó entrar ({code}).', useApp: 'Usar una aplicación de autenticación', deviceName: 'Este dispositivo', appName: 'Aplicación de autenticación', forgot: '¿Olvidó la contraseña?', forgotTitle: 'Contraseña nueva', forgotSent: 'Si hay una cuenta con esta dirección, recibirá un enlace.', forgotSend: 'Enviarme un enlace', passkeyFailed: 'La clave de acceso no se aceptó o se canceló.',
};
const de: Record<Key, string> = {
  title: 'Anmelden', email: 'E-Mail', password: 'Passwort', organization: 'Organisation', organizationHelp: 'Ihr Kurzname, etwa acme.',
  signIn: 'Anmelden', signingIn: 'Anmeldung läuft', withPasskey: 'Mit Passkey anmelden', or: 'oder', withProvider: 'Weiter mit {name}',
  show: 'Zeigen', hide: 'Verbergen', needed: 'Bitte ausfüllen.', unreachable: 'Der Server antwortet nicht. Prüfen Sie das Netz und versuchen Sie es noch einmal.',
  wrong: 'Adresse oder Passwort stimmt nicht.', waitFor: 'Zu viele Versuche. In {n} Sekunden geht es wieder.', request: 'Anfrage {id}',
  secondTitle: 'Noch ein Schritt', secondText: 'Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App jetzt zeigt.', code: 'Code', check: 'Weiter', usePasskey: 'Stattdessen Passkey verwenden',
  useRecovery: 'Wiederherstellungscode verwenden', useCode: 'Stattdessen die App verwenden', recovery: 'Wiederherstellungscode', recoveryText: 'Jeder Ihrer Wiederherstellungscodes gilt einmal.',
  changeTitle: 'Neues Passwort wählen', changeText: 'Das jetzige hat jemand anderes gewählt; deshalb ist es zuerst zu ersetzen.', current: 'Jetziges Passwort', fresh: 'Neues Passwort',
  rule: 'Mindestens 12 Zeichen; gut sind ein paar Wörter, die nicht zusammengehören.', repeat: 'Noch einmal', differ: 'Die beiden stimmen nicht überein.', setPassword: 'Passwort setzen',
  linkInvitation: 'Willkommen bei {organization}', linkReset: 'Neues Passwort für {organization}', linkText: 'Sie melden sich als {email} an.', linkBad: 'Dieser Link gilt nicht mehr. Lassen Sie sich einen neuen geben.',
  linkDone: 'Ihr Passwort ist gesetzt. Melden Sie sich damit an.', back: 'Zurück zur Anmeldung', tagline: 'Das Werk planen. Sehen, warum.', language: 'Sprache', ended: 'Sie sind abgemeldet.',
  setUpTitle: 'Zweiten Faktor einrichten', setUpText: 'Ihre Rolle verlangt einen. Scannen Sie das Bild mit einer Authenticator-App, oder tippen Sie den Schlüssel ein, und geben Sie dann die sechs Ziffern ein.', key: 'Schlüssel',
  setUpPasskey: 'Passkey einrichten', setUpPasskeyText: 'Ihre Rolle verlangt einen Passkey: Fingerabdruck, Gesicht oder PIN Ihres Geräts, oder einen Sicherheitsschlüssel.', recoveryTitle: 'Diese Codes aufbewahren',
  recoveryKeep: 'Jeder lässt Sie einmal herein, falls Sie Ihr Gerät verlieren. Sie werden nur jetzt gezeigt.', kept: 'Ich habe sie aufbewahrt', severalOrganizations: 'Meine Adresse gehört zu mehreren Organisationen', providerRefused: 'Der Identitätsanbieter hat Sie nicht hereingelassen ({code}).', useApp: 'Authenticator-App verwenden', deviceName: 'Dieses Gerät', appName: 'Authenticator-App', forgot: 'Passwort vergessen?', forgotTitle: 'Neues Passwort', forgotSent: 'Gibt es ein Konto mit dieser Adresse, ist ein Link unterwegs dorthin.', forgotSend: 'Link schicken', passkeyFailed: 'Der Passkey wurde nicht angenommen oder abgebrochen.',
};
export const signInWords = { en, es, de };
export type SignInKey = Key;
