using NetSuperd;
using NetSuperd.Commands;
using NetSuperd.Native;

ChildSignals.ResetDisposition();

try
{
    // "send" takes any word, also one that looks like an option, so the parser must not see its arguments.
    return args is ["send", .. var words] ? await SendCommand.RunAsync(words) : await CommandLine.RunAsync(args);
}
catch (Exception bug)
{
    Console.Error.WriteLine($"netsuperd: internal error, please report it: {bug}");
    return ExitStatus.Software;
}
