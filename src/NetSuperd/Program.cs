using NetSuperd;
using NetSuperd.Commands;
using NetSuperd.Native;
using NetSuperd.Server.Config;

// As many as the program has files, and some more.
const int LeastDescriptors = 128;

// What a parent may have left closed, ignored or blocked, each of which exec keeps.
StandardDescriptors.Ensure();
ChildSignals.ResetDisposition();
SignalMask.Clear();
if (args is ["run", ..])
{
    InitProcess.StepAside(Path.Combine(AppContext.BaseDirectory, "netsuperd-exec"));
}

FileSizeSignal.Ignore();
Installation.Current = new LinuxInstallation();

try
{
    if (args is ["run" or "check", ..] && !Descriptors.AreAllowed(LeastDescriptors))
    {
        // Later it could not be said: the console is one of the files that cannot be opened then.
        using var output = LineStream.OfStandardError();
        output.Write(
            "netsuperd: the process may have fewer than 128 descriptors, and needs more: "u8
            + "raise the limit (LimitNOFILE= in the unit, ulimit -n)\n"u8);
        return ExitStatus.System;
    }

    // "send" and "complete" take any word, also one that looks like an option, so the parser must not see their arguments; "worker" is
    // for the daemon alone.
    return args switch
    {
        ["send", .. var words] => await SendCommand.RunAsync(words),
        [WorkerProgram.Command] => await WorkerCommand.RunAsync(),
        ["complete", .. var words] => await CompleteCommand.RunAsync(CommandLine.Root(), words),
        _ => await CommandLine.RunAsync(args),
    };
}
catch (Exception bug)
{
    Terminal.SayLines($"netsuperd: internal error, please report it: {bug}");
    return ExitStatus.Software;
}
