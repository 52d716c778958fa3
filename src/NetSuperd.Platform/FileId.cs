namespace NetSuperd.Platform;

/// <summary>Tells the files of a system apart, as long as they exist.</summary>
/// <remarks>The number has 128 bits on Windows. It is not one UInt128: methods with one are not compiled ahead of time.</remarks>
/// <param name="Device">The device that holds the file.</param>
/// <param name="Inode">The number of the file on its device.</param>
/// <param name="Upper">The upper half of the number, where the system has one.</param>
public readonly record struct FileId(ulong Device, ulong Inode, ulong Upper = 0);
