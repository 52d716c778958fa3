using NetSuperd;
using NetSuperd.Commands;
using NetSuperd.Native;

// What a parent may have left closed, ignored or blocked, each of which exec keeps.
StandardDescriptors.Ensure();
ChildSignals.ResetDisposition();
SignalMask.Clear();
if (args is ["run", ..])
{
    InitProcess.StepAside(Path.Combine(AppContext.BaseDirectory, "netsuperd-exec"));
}

FileSizeSignal.Ignore();

try
{
    // "send" takes any word, also one that looks like an option, so the parser must not see its arguments.
    return args is ["send", .. var words] ? await SendCommand.RunAsync(words) : await CommandLine.RunAsync(args);
}
catch (Exception bug)
{
    Terminal.SayLines($"netsuperd: internal error, please report it: {bug}");
    return ExitStatus.Software;
}
