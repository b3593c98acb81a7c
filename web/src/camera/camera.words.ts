import { defineWords } from '@/words';

export const cameraWords = defineWords({
  en: { noCamera: 'The camera cannot be used: {why}', pointCamera: 'Point the camera at the code', cameraShows: 'What the camera sees', shoot: 'Take the photo', chooseFile: 'Choose a file', photo: 'Take a photo', cancel: 'Cancel', notYet: 'The camera starts', camera: 'Camera', cameraOff: 'Without the camera', typeCode: 'Type a code', done: 'Done' },
  es: { noCamera: 'No se puede usar la cámara: {why}', pointCamera: 'Enfoque el código con la cámara', cameraShows: 'Lo que ve la cámara', shoot: 'Hacer la foto', chooseFile: 'Elegir un archivo', photo: 'Hacer una foto', cancel: 'Cancelar', notYet: 'La cámara se inicia', camera: 'Cámara', cameraOff: 'Sin la cámara', typeCode: 'Escribir un código', done: 'Hecho' },
  de: { noCamera: 'Die Kamera kann nicht benutzt werden: {why}', pointCamera: 'Richten Sie die Kamera auf den Code', cameraShows: 'Was die Kamera sieht', shoot: 'Foto aufnehmen', chooseFile: 'Datei wählen', photo: 'Foto aufnehmen', cancel: 'Abbrechen', notYet: 'Die Kamera startet', camera: 'Kamera', cameraOff: 'Ohne Kamera', typeCode: 'Code eintippen', done: 'Fertig' },
});
