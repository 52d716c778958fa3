using NetSuperd;
using NetSuperd.Commands;
using NetSuperd.Windows;
using NetSuperd.Windows.Hosting;

var service = args is ["run", ..] ? await WindowsService.BeginAsync() : null;
Installation.Current = new WindowsInstallation(service);
var status = ExitStatus.Software;
try
{
    // These take any word, also one that looks like an option, so the parser must not see their arguments.
    status = args switch
    {
        ["send", .. var words] => await SendCommand.RunAsync(words),
        ["complete", .. var words] => await CompleteCommand.RunAsync(CommandLine.Root(), words),
        _ => await CommandLine.RunAsync(args),
    };
}
catch (Exception bug)
{
    Terminal.SayLines($"netsuperd: internal error, please report it: {bug}");
}

// Nothing comes after it: the service control manager takes the process as ended.
service?.Stopped(status);
return status;
