/** Which workspace folders can be indexed: those on a disk. Knows no editor, so that it is tested without one. */

export interface Folder {
  readonly name: string;
  readonly uri: { readonly scheme: string };
}

export function isLocal(folder: Folder): boolean {
  return folder.uri.scheme === "file";
}

/** What is said of folders that are left out, in a sentence; "" where none is. */
export function declined(folders: readonly Folder[]): string {
  const others = folders.filter((folder) => !isLocal(folder));
  if (!others.length) {
    return "";
  }
  const names = others.map((folder) => `${folder.name} (${folder.uri.scheme})`).join(", ");
  return `Fieldguide's index needs files on a disk, so it leaves out ${names}.`;
}
