export { importFile, type ImportOptions, type ImportProgress } from './import-file.ts';
export { type ImportMap, readImportMap } from './import-map.ts';
