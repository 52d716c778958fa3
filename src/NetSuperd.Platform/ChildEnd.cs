namespace NetSuperd.Platform;

/// <summary>How a child ended (wait4(2)): by itself with a status, or by a signal.</summary>
/// <param name="Status">The exit status, 0 to 255; null when a signal ended it.</param>
/// <param name="Signal">The signal; null when it exited.</param>
/// <param name="UserTime">CPU time in user mode, of the child and of the processes that it waited for.</param>
/// <param name="SystemTime">CPU time in the kernel, of the child and of the processes that it waited for.</param>
/// <param name="PeakMemory">
/// The peak resident memory of the child or of a process that it waited for, in bytes (ru_maxrss of getrusage(2)). Memory from before its
/// execve(2) counts: a child of a fork server began with the fork server's few hundred KiB, a child that this process has started itself
/// with the memory of this process.
/// </param>
public sealed record ChildEnd(int? Status, int? Signal, TimeSpan UserTime, TimeSpan SystemTime, long PeakMemory);
