using NetSuperd;
using NetSuperd.Commands;
using NetSuperd.Windows;

Installation.Current = new WindowsInstallation();
try
{
    // These take any word, also one that looks like an option, so the parser must not see their arguments.
    return args switch
    {
        ["send", .. var words] => await SendCommand.RunAsync(words),
        ["complete", .. var words] => await CompleteCommand.RunAsync(CommandLine.Root(), words),
        _ => await CommandLine.RunAsync(args),
    };
}
catch (Exception bug)
{
    Terminal.SayLines($"netsuperd: internal error, please report it: {bug}");
    return ExitStatus.Software;
}
