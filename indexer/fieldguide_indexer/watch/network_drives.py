"""Detection of network drives and other shared drives, on which the system reports no changes made by other machines."""

from pathlib import Path

_SHARED = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "afs", "ceph", "glusterfs", "lustre",
        "9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs",
    }
)  # fmt: skip


def shared_drive(folder: Path) -> str:
    """Return the kind of the shared drive that a folder is on; "" if it is on a local drive."""
    import psutil  # noqa: PLC0415 - only needed for watching

    if str(folder).startswith(("\\\\", "//")):
        return "a network share"
    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return ""
    holding = [each for each in partitions if folder.is_relative_to(each.mountpoint)]
    # Of two drives mounted at the same place, the later one is visible.
    drive = max(reversed(holding), key=lambda each: len(each.mountpoint), default=None)
    if drive is None:
        return ""
    kind = str(drive.fstype)
    is_shared = kind in _SHARED or kind.startswith("fuse.") or "remote" in drive.opts.split(",")
    return kind if is_shared else ""
