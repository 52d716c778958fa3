using NetSuperd.Platform;
using NetSuperd.Server.Config.Binding;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Programs;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Loading;

/// <summary>
/// One load: the files are found and parsed first, then bound from the general to the particular, because a socket needs its service and a
/// service its defaults. An error does not end the load: the wrong part is missing from the map, and everything else is still checked.
/// </summary>
internal sealed class MapReading
{
    private readonly LoadRequest _request;
    private readonly Surroundings _surroundings;
    private readonly Problems _problems = new();
    private readonly NameCache _names;
    private readonly PathJudge _judge;
    private readonly OwnFiles _own;
    private readonly List<(TableNode Table, Reading Reading)> _files = [];
    private Position _start = new(new SourceText("--port", ""));
    private bool _fileMissing;
    private bool _torn;

    public MapReading(LoadRequest request, Surroundings surroundings)
    {
        (_request, _surroundings) = (request, surroundings);
        _names = new NameCache(request.Host.Names);
        _judge = new PathJudge(_problems, request);
        _own = new OwnFiles(_problems, request.Host.Files);
    }

    /// <summary>Loads.</summary>
    public LoadResult Run()
    {
        var main = _request.File is { } file ? ReadMap(file) : null;
        if (_request.Imported is { } imported)
        {
            _files.Add((imported, ReadingIn(FullPath.Of(".")) with { SkipsUnavailable = _request.SkipsUnavailable }));
        }

        var reading = ReadingIn(main is null ? FullPath.Of(".") : FolderOf(_request.File!));
        var daemon = DaemonBinder.Daemon(
            Table(main, MapKeys.Daemon), reading, _surroundings.DefaultControl, _request, _judge);
        var log = DaemonBinder.Log(Table(main, MapKeys.Log), reading, _judge);
        var skips = daemon.OnUnavailable == OnUnavailable.Skip;
        var defaults = Defaults(Table(main, MapKeys.Defaults), reading with { SkipsUnavailable = skips });
        var services = new ServiceBinder(
            _problems, defaults, _request.Builtins, new ChildBinder(_problems, _request, _surroundings, _judge, _names),
            new TlsBinder(_problems, _judge));
        foreach (var (table, own) in _files)
        {
            if (table.Find(MapKeys.Services) is { } entry)
            {
                services.Bind(entry.Value, own with { SkipsUnavailable = skips || own.SkipsUnavailable });
            }
        }

        var ports = BindPorts(services);
        TakeFiles(daemon, log, main);
        Remark(daemon, services, ports);

        var fit = new ServiceFit(_problems, _request.Host, daemon, ports.Ports, ports.IsWhole);
        var fitted = services.Services.Concat(ports.Implied)
            .ToDictionary(service => service.Name, service => fit.Fit(service, services.Section(service.Name)));
        var named = new ForwardedServices(
            _problems, ports.Ports, name => !ports.IsWhole || (services.Defines(name) && !fitted.ContainsKey(name)), _surroundings.UserId);
        var resolved = fitted.ToDictionary(pair => pair.Key, pair => named.Resolve(pair.Value, fitted));
        var map = new Map
        {
            Absent = _request.Host.Absent,
            Daemon = daemon,
            Log = log,
            DefaultMaxPerSource = defaults.TryGet(AdmissionKeys.MaxPerSource, out var ofSource) ? ofSource : null,
            Ports = [.. ports.Ports.Select(port => port with { Service = resolved[port.Service.Name] })],
            Services = [.. services.Services.Concat(ports.Implied).Select(service => resolved[service.Name])],
        };
        new ForwardLoops(_problems, _names, map.Ports).Check(map.Services);
        CheckArguments(map, services);
        CheckDescriptors(DescriptorNeed.Of(map, _request.Builtins, _surroundings.UserId), main);

        return new LoadResult(map, _problems.InOrder(), _fileMissing)
        {
            WithoutPort = [.. map.Services.Where(service => ports.IsWhole && service.NeedsClients && !ports.Uses(service.Name))],
        };
    }

    private void TakeFiles(DaemonSection daemon, LogSection log, TableNode? main)
    {
        _own.Take(
            _request.Host.HasControlFile ? daemon.Control : null,
            At(MapKeys.Daemon, DaemonKeys.Control.Name),
            $"the control socket of the daemon; see '{DaemonKeys.Control.Name}' in netsuperd.toml(5)",
            isReplaced: true);
        _own.Take(
            daemon.StatusSocket,
            At(MapKeys.Daemon, DaemonKeys.StatusGroup.Name),
            $"the socket of the daemon for questions; see '{DaemonKeys.StatusGroup.Name}' in netsuperd.toml(5)",
            isReplaced: true);
        _own.Take(
            daemon.PidFile,
            At(MapKeys.Daemon, DaemonKeys.PidFile.Name),
            $"the file of '{DaemonKeys.PidFile.Name}'",
            isReplaced: true);
        _own.Take(log.File, At(MapKeys.Log, LogKeys.File.Name), "the file of the log", isReplaced: false);

        Position At(string section, string key) => PositionOf(main, section, key);
    }

    private Position PositionOf(TableNode? main, string section, string key) =>
        (main?.Find(section)?.Value as TableNode)?.Find(key)?.Value.At ?? _start;

    private Reading ReadingIn(string folder) => new(_problems, folder, _names) { Absent = _request.Host.Absent };

    private static string FolderOf(string file) => Path.GetDirectoryName(FullPath.Of(file)) ?? "/";

    private TableNode? ReadMap(string file)
    {
        var main = ReadFile(file, file, out _fileMissing);
        _torn |= main is null;
        if (main is not { } map)
        {
            return null;
        }

        RejectUnknown(map.Table);
        if (map.Table.Find(MapKeys.Include) is { } include)
        {
            var includes = new Includes(file, map.Reading);
            var files = includes.Find(include.Value);
            foreach (var (folder, at) in includes.Folders)
            {
                _judge.Judge(folder, at);
            }

            foreach (var included in files)
            {
                ReadDropIn(included);
            }
        }

        if (map.Table.Find(MapKeys.Import) is { } import)
        {
            // What another program serves without is no reason to refuse the whole map.
            var imports = new LiveImports(map.Reading, _judge, _request, _surroundings);
            var others = _files.ConvertAll(file => file.Table);
            var table = imports.Read(import.Value, others);
            _files.Add((table, map.Reading with { SkipsUnavailable = true, IsImported = true }));
        }

        return map.Table;
    }

    private void ReadDropIn(IncludedFile file)
    {
        if (ReadFile(file.Path, file.Name, out _) is not { } dropIn)
        {
            _torn = true;
            return;
        }

        foreach (var entry in dropIn.Table.Entries.Where(entry => MapKeys.All.Except(MapKeys.OfDropIn).Contains(entry.Key)))
        {
            _problems.Error(entry.KeyAt, $"'{entry.Key}' belongs in the map itself; an included file holds only [ports] and [services]");
        }

        RejectUnknown(dropIn.Table);
    }

    private (TableNode Table, Reading Reading)? ReadFile(string path, string name, out bool missing)
    {
        using var target = _request.Host.Files.Walk(path);
        missing = false;
        if (_judge.RefusesPipe(target, name))
        {
            return null;
        }

        var source = SourceFile.Read(target, path, name, _problems, out missing);
        if (source is null)
        {
            return null;
        }

        _problems.Register(source);
        _start = _files.Count == 0 ? new Position(source) : _start;
        _judge.JudgeFile(target, new Position(source));
        _own.Take(path, new Position(source), "a file of the map", isReplaced: false);
        var errors = _problems.ErrorCount;
        var table = TomlReader.Read(source, _problems);
        _torn |= _problems.ErrorCount > errors;
        if (table is null)
        {
            return null;
        }

        var file = (table, ReadingIn(FolderOf(path)));
        _files.Add(file);
        return file;
    }

    private void RejectUnknown(TableNode root)
    {
        foreach (var entry in root.Entries.Where(entry => !MapKeys.All.Contains(entry.Key)))
        {
            var stray = entry.Key is [>= '0' and <= '9' or '/' or '@' or '[', ..];
            var home = stray ? "; sockets belong below the header [ports]"
                : DaemonKeys.All.Any(key => key.Name == entry.Key) ? "; it belongs below the header [daemon]"
                : LogKeys.All.Any(key => key.Name == entry.Key) ? "; it belongs below the header [log]"
                : "";
            _problems.Error(entry.KeyAt, UnknownKey.Message(entry, "", MapKeys.All) + home);
        }
    }

    private TableNode? Table(TableNode? main, string name)
    {
        if (main?.Find(name) is not { } entry)
        {
            return null;
        }

        if (entry.Value is not TableNode)
        {
            _problems.Error(entry.KeyAt, $"'{name}' must be a table [{name}], not {entry.Value.Noun}");
        }

        return entry.Value as TableNode;
    }

    private Section<Service> Defaults(TableNode? table, Reading reading)
    {
        var defaults = new Section<Service>(table, MapKeys.Defaults, reading);
        defaults.Read(ServiceKeys.All, Scope.Defaults, key => $"'{key.Name}' belongs to a service and cannot be a default");
        AdmissionBinder.CheckBoth(_problems, defaults);
        return defaults;
    }

    private PortBinder BindPorts(ServiceBinder services)
    {
        var ports = new PortBinder(_problems, _names, _request.Host.Files, services, _torn);
        foreach (var (table, reading) in _files)
        {
            if (table.Find(MapKeys.Ports) is { } entry)
            {
                ports.Bind(entry.Value, reading);
            }
        }

        foreach (var argument in _request.Ports)
        {
            var at = new Position(new SourceText($"--port {argument}", argument));
            _problems.Register(at.Source);

            // A path may contain '=', the name of a service does not.
            if (argument.LastIndexOf('=') is > 0 and var equals)
            {
                var service = new ScalarNode(argument[(equals + 1)..], at);
                ports.Bind(new PortEntry(argument[..equals], at, service, ReadingIn(FullPath.Of("."))));
            }
            else
            {
                _problems.Error(at, "write a socket, '=' and the name of a service, such as --port 2005=custom");
            }
        }

        return ports;
    }

    private void Remark(DaemonSection daemon, ServiceBinder services, PortBinder ports)
    {
        if (ports is { IsWhole: true, Ports.Count: 0 } && !services.HasFailedServer
            && !services.Services.Any(service => service.IsServerWithoutSocket))
        {
            _problems.Error(_start, "no socket to listen on; write one into [ports], such as 7 = \"echo\"");
        }

        foreach (var port in ports.Ports)
        {
            _own.Compare(port);
        }

        foreach (var port in ports.Ports.Where(port => port.Key.Path is ['/', ..]))
        {
            _judge.Judge(port.Key.Path!, port.At, followLast: false);
        }

        if (daemon is { ControlIsDefault: true, Control: { } control })
        {
            _judge.Judge(control, _start, followLast: false);
        }

        var entries = ports.Ports.DistinctBy(port => port.Entry).ToList();
        foreach (var port in entries.Where(port => port.Service is { Enabled: true, IsRootUnsaid: true } && port.Key.IsPublic))
        {
            _problems.Warning(
                port.Service.At,
                _request.Host.Has(ServiceKeys.User)
                    ? $"children of '{port.Service.Name}' run as root, and {port.Entry} can be reached from other hosts; set another user, "
                        + "or, if the program changes its user itself, write user = \"root\" in the service"
                    : $"children of '{port.Service.Name}' have the daemon's rights, and {port.Entry} can be reached from other hosts; run "
                        + "the daemon with an account that is no administrator");
        }

        var remarks = new HostRemarks(_problems, _request, _surroundings, _names);
        remarks.RemarkShared(ports.Ports);
        remarks.Remark(daemon, entries);
    }

    private void CheckArguments(Map map, ServiceBinder services)
    {
        var room = new ArgumentRoom(_problems, _surroundings);
        var names = map.Ports.ToLookup(port => port.Service.Name, port => port.Name);
        foreach (var service in map.Services.Where(service => service is { Enabled: true, Program: not null, Unavailable: null }))
        {
            foreach (var program in service.Clients.Select(rule => rule.Program!).Prepend(service.Program!))
            {
                room.Check(service with { Program = program }, services.Section(service.Name), names[service.Name]);
            }
        }
    }

    /// <summary>The check that depends on the process that runs the map: its limit of descriptors.</summary>
    private void CheckDescriptors(DescriptorNeed need, TableNode? main)
    {
        var remedy = _request.Host.Process.MoreDescriptors;
        if (need.Complaint(_surroundings.Descriptors, remedy) is { } complaint)
        {
            _problems.Add(new ConfigProblem(_start, _request.ToRun ? Severity.Error : Severity.Warning, complaint));
        }
        else if (need.Warning(_surroundings.Descriptors, remedy) is { } warning)
        {
            _problems.Warning(PositionOf(main, MapKeys.Daemon, DaemonKeys.MaxConnections.Name), warning);
        }
    }
}
