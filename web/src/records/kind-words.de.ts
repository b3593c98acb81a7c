/** Kinds and fields in German, by the server's English. */
const words: Record<string, string> = {};
export default words;
