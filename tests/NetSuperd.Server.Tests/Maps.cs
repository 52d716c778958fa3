using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Binding;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>Parts of maps as the loader makes them.</summary>
internal static class Maps
{
    public static readonly SourceText Source = new("map.toml", "");

    /// <summary>What the keys say where the map says nothing.</summary>
    public static Admission Admission { get; } = AdmissionBinder.Bind(
        new Problems(),
        new Section<Service>(null, "services.it", Hosts.Reading(new Problems())),
        isHandler: true);

    public static Position At(int line) => new(Source, line, 1);

    public static Service Handler(string name, Settings? settings = null) => new()
    {
        Name = name,
        Handler = name,
        Settings = settings ?? Settings.Empty,
        Admission = Admission,
        Log = LoggedConnections.All,
        LogFields = LogFacts.Default,
        Enabled = ServiceKeys.Enabled.Default,
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
            Cwd = ServiceKeys.Cwd.Default!,
            Chroot = null,
            Umask = ServiceKeys.Umask.Default,
            Nice = null,
            NoNewPrivs = ServiceKeys.NoNewPrivs.Default,
            Forge = false,
            Stderr = ServiceKeys.Stderr.Default,
            Fds = ServiceKeys.Fds.Default,
            Wait = ServiceKeys.Wait.Default,
            Start = ServiceKeys.Start.Default,
            Restart = ServiceKeys.Restart.Default,
            StopSignal = ServiceKeys.StopSignal.Default,
            Processes = null,
            IdleStop = null,
            OnChange = ServiceKeys.OnChange.Default,
            Notify = ServiceKeys.Notify.Default,
            StartTimeout = null,
            Watchdog = null,
            Env = ServiceKeys.Env.Default!,
            PassEnv = ServiceKeys.PassEnv.Default,
            User = NameService.User(ProcessIdentity.EffectiveUserId)!,
            Group = 0,
            Groups = ServiceKeys.Groups.Default!,
            Limits = ServiceKeys.Limits.Default,
        },
        Settings = Settings.Empty,
        Admission = Admission,
        Log = LoggedConnections.All,
        LogFields = LogFacts.Default,
        Enabled = ServiceKeys.Enabled.Default,
        At = At(1),
        HandlerAt = At(1),
    };

    public static Port Tcp(int number, IPAddress? address, Service? service = null) =>
        Port(new PortKey { Transport = Transport.Tcp, Address = address, Number = (uint)number }, service);

    public static Port Unix(string path, Transport transport = Transport.UnixStream) =>
        Port(new PortKey { Transport = transport, Path = path });

    public static Port Vsock(uint? cid, uint number) =>
        Port(new PortKey { Transport = Transport.Vsock, Cid = cid, Number = number });

    public static Port Port(PortKey key, Service? service = null) => new()
    {
        Key = key,
        Service = service ?? Handler("echo"),
        Name = "echo",
        Backlog = null,
        ReusePort = PortKeys.ReusePort.Default,
        NoDelay = PortKeys.NoDelay.Default,
        KeepAlive = PortKeys.KeepAlive.Default!,
        ReceiveBuffer = null,
        SendBuffer = null,
        DeferAccept = null,
        FastOpen = null,
        Device = null,
        FreeBind = PortKeys.FreeBind.Default,
        Transparent = PortKeys.Transparent.Default,
        TypeOfService = null,
        TimeToLive = null,
        Mark = null,
        Priority = null,
        Congestion = null,
        Owner = null,
        Group = null,
        Mode = (UnixFileMode)PortKeys.Mode.Default,
        At = At(3),
    };

    public static Map Of(params Port[] ports) => new()
    {
        Daemon = new DaemonSection
        {
            StatusGroup = null,
            OperatorTokenFile = null,
            Control = null,
            ControlIsDefault = false,
            PidFile = null,
            Drain = DaemonKeys.Drain.Default,
            DrainChildren = DaemonKeys.DrainChildren.Default,
            RestartLinger = DaemonKeys.RestartLinger.Default,
            OnUnavailable = DaemonKeys.OnUnavailable.Default,
            MaxConnections = DaemonKeys.MaxConnections.Default!.OrNull(),
            Plugins = "/nonexistent",
            RawSockets = false,
        },
        Log = new LogSection
        {
            Level = LogKeys.Level.Default,
            Format = LogKeys.Format.Default,
            Target = LogKeys.Target.Default,
            File = null,
            Address = LogKeys.Address.Default,
            LinesPerSource = null,
        },
        Ports = [.. ports],
        Services = [.. ports.Select(port => port.Service)],
    };

    public static Map OfServices(params Service[] services) => Of() with { Services = [.. services] };
}
