export * from './controls';
export * from './errors';
export * from './layers';
export * from './show';
export { uiWords } from './ui.words';
export * from './rows';
export * from './moments';
