using System.Diagnostics;

namespace NetSuperd.Native.Tests;

/// <summary>
/// A lease on a program (fcntl(2), F_SETLEASE): processes wait in execve(2) until it is disposed of, or until the kernel loses patience
/// (/proc/sys/fs/lease-break-time, 45 s).
/// </summary>
internal sealed class ProgramLease : IDisposable
{
    private readonly Process _holder;

    /// <summary>Takes it.</summary>
    /// <param name="program">Nothing has it open or runs it.</param>
    public ProgramLease(string program)
    {
        // 1024 and 1 are F_SETLEASE and F_WRLCK. The kernel tells the holder by SIGIO that a process waits.
        const string Take = """
            $SIG{IO} = 'IGNORE';
            open(my $file, '<', $ARGV[0]) or die $!;
            fcntl($file, 1024, 1) or die $!;
            syswrite(STDOUT, "taken\n");
            <STDIN>;
            """;
        _holder = Process.Start(new ProcessStartInfo("/usr/bin/perl", ["-e", Take, program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("taken", _holder.StandardOutput.ReadLine());
    }

    public void Dispose()
    {
        _holder.StandardInput.Dispose();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
