/** Kinds and fields in Spanish, by the server's English. */
const words: Record<string, string> = {};
export default words;
