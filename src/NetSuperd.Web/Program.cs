using NetSuperd;
using NetSuperd.Native;
using NetSuperd.Web;

ChildSignals.ResetDisposition();
SignalMask.Clear();
Installation.Current = new LinuxInstallation();

// The command `netsuperd web` has read the command line and the map, and executes this program.
if (WebOptions.Read(args) is not { } options)
{
    Terminal.Say("netsuperd-web is started by 'netsuperd web'");
    return ExitStatus.Usage;
}

return await WebProcess.RunAsync(options);
