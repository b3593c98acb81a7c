/** Names that the server derives from field names, as people say them: the unit stands beside them anyway. */
const words: Record<string, string> = {
  'Available s per day': 'Available per day', 'Overtime s per day': 'Overtime per day', 'Efficiency pct': 'Efficiency', 'Duration min': 'Duration', 'Break min': 'Breaks', Gln: 'GLN', Gtin: 'GTIN',
  Bom: 'Bill of material', Boms: 'Bills of material', 'Bom component': 'Component', 'Bom components': 'Components', 'Scrap pct': 'Scrap', 'Cycle time s': 'Cycle time', 'First pass yield pct': 'First-pass yield',
  Minutes: 'Time', Erp: 'ERP', Edi: 'EDI', 'Relative efficiency pct': 'Relative efficiency', 'Relative cycle time pct': 'Relative cycle time', 'Maintenance h': 'Maintenance', 'Relative pct': 'Relative',
  'Prebuild cover pct': 'Prebuild cover', 'Gap pct': 'Gap', 'Time limit s': 'Time limit', 'A site: the inner wall.': 'A site, with areas and lines of its own.',
};
export default words;
