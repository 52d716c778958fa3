using System.Collections.Immutable;
using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>Parts of maps as the loader makes them.</summary>
internal static class Maps
{
    public static readonly SourceText Source = new("map.toml", "");

    public static Position At(int line) => new(Source, line, 1);

    public static Service Handler(string name, Settings? settings = null) => new()
    {
        Name = name,
        Handler = name,
        Settings = settings ?? Settings.Empty,
        At = At(1),
        HandlerAt = At(2),
    };

    public static Service Child(string name, params string[] command) => new()
    {
        Name = name,
        Program = new ChildProgram
        {
            Path = command[0],
            Arguments = [.. command[1..]],
            Argv0 = command[0],
            Cwd = "/",
            Umask = 0x12,
            Env = ImmutableSortedDictionary<string, string>.Empty,
            PassEnv = [],
            User = NameService.User(ProcessIdentity.EffectiveUserId)!,
            Group = 0,
            Groups = new ChildGroups(GroupsChoice.Init, []),
            Limits = [new ResourceLimit("nofile", 1024, null)],
        },
        At = At(1),
        HandlerAt = At(1),
    };

    public static Port Tcp(int number, IPAddress? address, Service? service = null) => new()
    {
        Key = new PortKey { Transport = Transport.Tcp, Address = address, Number = number },
        Service = service ?? Handler("echo"),
        Name = "echo",
        At = At(3),
    };

    public static Port Unix(string path, Transport transport = Transport.UnixStream) => new()
    {
        Key = new PortKey { Transport = transport, Path = path },
        Service = Handler("echo"),
        Name = "echo",
        At = At(3),
    };

    public static Map Of(params Port[] ports) => new()
    {
        Daemon = new DaemonSection { Drain = TimeSpan.FromSeconds(30), Plugins = "/nonexistent" },
        Log = new LogSection { Level = LogThreshold.Info, Format = LogFormat.Text, Target = LogTarget.Stderr, Address = LogAddress.Full },
        Ports = [.. ports],
        Services = [.. ports.Select(port => port.Service)],
    };

    public static Map OfServices(params Service[] services) => Of() with { Services = [.. services] };
}
