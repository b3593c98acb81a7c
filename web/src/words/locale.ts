/** How numbers and days of a language are written: Spanish as in Mexico, as the optimizer's sentences and all papers write them. */
export function localeOf(language: string): string {
  return language === 'es' ? 'es-MX' : language === 'de' ? 'de-DE' : 'en-US';
}

export function decimalMark(language: string): ',' | '.' {
  return language === 'de' ? ',' : '.';
}
