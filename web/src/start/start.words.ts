import { defineWords } from '@/words';

export const startWords = defineWords({
  en: { hello: 'Good to see you, {name}', about: 'Where your plants stand, and what is waiting for you.' },
  es: { hello: 'Me alegro de verle, {name}', about: 'Cómo están sus plantas y qué le espera.' },
  de: { hello: 'Schön, dass Sie da sind, {name}', about: 'Wie es um Ihre Werke steht und was auf Sie wartet.' },
});
