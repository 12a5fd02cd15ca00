/** Which workspace folders can be indexed: those on a disk. Independent of `vscode`, so that unit tests can import it. */

export interface Folder {
  readonly name: string;
  readonly uri: { readonly scheme: string };
}

export function isLocal(folder: Folder): boolean {
  return folder.uri.scheme === "file";
}

/** A sentence that names the folders that are not indexed; "" if there are none. */
export function virtualFoldersNotice(folders: readonly Folder[]): string {
  const others = folders.filter((folder) => !isLocal(folder));
  if (!others.length) {
    return "";
  }
  const names = others.map((folder) => `${folder.name} (${folder.uri.scheme})`).join(", ");
  return `Fieldguide indexes only folders on a disk, not ${names}.`;
}
