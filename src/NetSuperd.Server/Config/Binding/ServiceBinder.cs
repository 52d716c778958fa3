using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the services from the tables <c>[services.NAME]</c> of all files.</summary>
internal sealed class ServiceBinder(
    Problems problems, Section<Service> defaults, IReadOnlySet<string> builtins, ChildBinder children, TlsBinder tls)
{
    // The keys that make a service: what serves its clients.
    private static readonly Key<Service>[] Kinds = [ServiceKeys.Handler, ServiceKeys.Exec, ForwardKeys.Forward];

    private readonly Dictionary<string, Entry> _defined = [];
    private readonly Dictionary<string, Section<Service>> _sections = [];
    private readonly List<Service> _services = [];
    private readonly Dictionary<string, Service> _workers = [];

    /// <summary>The services without errors, in the order of the files.</summary>
    public IReadOnlyList<Service> Services => _services;

    /// <summary>Whether a table with errors has <c>start</c>: without them it may be a server that binds its sockets itself.</summary>
    public bool HasFailedServer { get; private set; }

    /// <summary>Whether a table defines the service, with errors or without.</summary>
    public bool Defines(string name) => _defined.ContainsKey(name);

    /// <summary>A service without a table, named after its handler; the defaults hold for it as well.</summary>
    public Service Imply(string handler, Position at, Reading reading) => Imply(handler, handler, Settings.Empty, at, reading);

    /// <summary>The service without a table that the rules of an entry of <c>[ports]</c> make; null after an error.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rules">The settings of its handler.</param>
    /// <param name="by">The key of the rules.</param>
    /// <param name="reading">The context of the reading.</param>
    public Service? ImplyByFirstBytes(string name, Settings rules, Entry by, Reading reading)
    {
        var service = Imply(name, ServiceByFirstBytes.Handler, rules, by.KeyAt, reading);
        var (worker, lacking) = children.BindWorker(by with { Key = name }, _sections[name], reading, isImplied: true);
        return worker is null ? null : service with { Worker = worker, Unavailable = lacking };
    }

    private Service Imply(string name, string handler, Settings settings, Position at, Reading reading)
    {
        var section = _sections[name] = new Section<Service>(null, Header(name), reading, defaults);
        return new Service
        {
            Name = name,
            Handler = handler,
            Settings = settings,
            Admission = BindAdmission(section, handler),
            Log = section.Get(ServiceKeys.Log),
            LogFields = section.Get(ServiceKeys.LogFields),
            Enabled = section.Get(ServiceKeys.Enabled),
            At = at,
            HandlerAt = at,
        };
    }

    /// <summary>The table of a service, with the defaults behind it; empty for one that has none.</summary>
    public Section<Service> Section(string name) => _sections[name];

    /// <summary>Binds the services of a file.</summary>
    public void Bind(Node node, Reading reading)
    {
        if (node is not TableNode table)
        {
            problems.Error(node.At, $"'services' must be a table, not {node.Noun}; a service is a table [services.NAME]");
            return;
        }

        foreach (var entry in table.Entries)
        {
            if (Accepts(entry) && Bind(entry, (TableNode)entry.Value, reading) is { } service)
            {
                _services.Add(service with { Written = Section(entry.Key).Written });
            }
            else
            {
                HasFailedServer |= (entry.Value as TableNode)?.Find(ServiceKeys.Start.Name) is not null;
            }
        }
    }

    private static string Header(string name) => $"{MapKeys.Services}.{TomlWriter.Key(name)}";

    private bool Accepts(Entry entry)
    {
        if (entry.Value is not TableNode)
        {
            // A misplaced key under [services] is more likely than a service that is no table.
            problems.Error(entry.KeyAt, MapKeys.AtTop.Contains(entry.Key)
                ? UnknownKey.Message(entry, MapKeys.Services, [])
                : $"'services.{entry.Key}' must be a table [services.NAME], not {entry.Value.Noun}");
            return false;
        }

        if (!ServiceName.IsValid(entry.Key))
        {
            problems.Error(entry.KeyAt, $"the name of a service has {ServiceName.Rule}");
            return false;
        }

        if (!_defined.TryAdd(entry.Key, entry))
        {
            problems.Error(entry.KeyAt, $"service '{entry.Key}' is defined twice; the first is at {_defined[entry.Key].KeyAt}");
            return false;
        }

        return true;
    }

    private Service? Bind(Entry entry, TableNode table, Reading reading)
    {
        var name = Header(entry.Key);
        reading = reading with { IsOff = table.Find(ServiceKeys.Enabled.Name)?.Value is ScalarNode { Value: false } };
        var section = _sections[entry.Key] = new Section<Service>(table, name, reading, defaults);
        List<Key<Service>> kinds = [.. Kinds.Where(key => section.Find(key.Name) is not null)];
        var scope = kinds is [var only] ? only.Scope : Scope.Handler | Scope.Exec | Scope.Forward;
        section.Read(ServiceKeys.All, scope, key => Misfit(key, name, kinds[0]));
        switch (kinds)
        {
            case []:
                Neither(entry, table, name);
                return null;
            case [{ Scope: Scope.Handler }]:
                return Handler(entry, section, reading);
            case [{ Scope: Scope.Forward }]:
                return Forward(entry, section, reading);
            case [_]:
                return Child(entry, section, reading);
            default:
                var last = kinds.Select(key => section.Find(key.Name)!).OrderBy(found => found.KeyAt.Line).Last();
                problems.Error(last.KeyAt, $"{name} has {Both(kinds)}; a service has one of them");
                return null;
        }
    }

    private static string Misfit(Key<Service> key, string name, Key<Service> kind)
    {
        var owner = key.Scope.HasFlag(Scope.Exec) ? ServiceKeys.Exec : Kinds.First(other => (key.Scope & other.Scope) != 0);
        var where = kind == ServiceKeys.Handler ? ", which runs inside the daemon or in a worker" : "";
        return $"'{key.Name}' is for services with {Noun(owner)}; {name} has {Noun(kind)}{where}";
    }

    private static string Both(List<Key<Service>> kinds) => kinds is [var one, var other]
        ? $"both {Noun(one)} and {Noun(other)}"
        : $"{string.Join(", ", kinds[..^1].Select(Noun))} and {Noun(kinds[^1])}";

    private static string Noun(Key<Service> kind) => kind == ServiceKeys.Handler ? "a handler" : kind.Name;

    private void Neither(Entry entry, TableNode table, string name)
    {
        // Where one of them is only misspelt, that has been reported.
        var misspelt = table.Entries.Any(other => Suggestion.For(other.Key, Kinds.Select(key => key.Name)).Length > 0);
        if (!misspelt)
        {
            problems.Error(
                entry.KeyAt,
                $"{name} needs handler = \"NAME\" to be served inside the daemon, "
                + "exec = [\"/path/of/program\"] for a child per connection, or forward = \"HOST:PORT\" for another server");
        }
    }

    private Admission BindAdmission(Section<Service> section, string handler)
    {
        var admission = AdmissionBinder.Bind(problems, section, isHandler: true);
        return builtins.Contains(handler) && !admission.Has(AdmissionKeys.IdleTimeout)
            ? admission with { IdleTimeout = AdmissionKeys.BuiltinIdleTimeout }
            : admission;
    }

    private Service? Handler(Entry entry, Section<Service> section, Reading reading)
    {
        var named = section.TryGet(ServiceKeys.Handler, out var handler);
        var settings = section.TryGet(ServiceKeys.Settings, out var given) ? given : Settings.Empty;
        var (worker, lacking) = WorkerOf(entry, section, reading, mayImply: handler == ServiceByFirstBytes.Handler);
        var service = !named ? null : new Service
        {
            Name = entry.Key,
            Handler = handler,
            Settings = settings,
            Tls = tls.Bind(section),
            Worker = worker,
            Admission = BindAdmission(section, handler),
            Log = section.Get(ServiceKeys.Log),
            LogFields = section.Get(ServiceKeys.LogFields),
            Enabled = section.Get(ServiceKeys.Enabled),
            Unavailable = lacking,
            At = entry.KeyAt,
            HandlerAt = section.At(ServiceKeys.Handler)!,
        };
        CheckShared(service, section);
        return service;
    }

    private Service? Forward(Entry entry, Section<Service> section, Reading reading)
    {
        var plan = ForwardBinder.Bind(problems, section, tls);
        var (worker, lacking) = children.BindWorker(entry, section, reading, isImplied: true);
        var service = plan is null ? null : new Service
        {
            Name = entry.Key,
            Forward = plan,
            Settings = Settings.Empty,
            Tls = tls.Bind(section),
            Worker = worker,
            Admission = AdmissionBinder.Bind(problems, section, isHandler: true),
            Log = section.Get(ServiceKeys.Log),
            LogFields = section.Get(ServiceKeys.LogFields),
            Enabled = section.Get(ServiceKeys.Enabled),
            Unavailable = lacking,
            At = entry.KeyAt,
            HandlerAt = section.At(ForwardKeys.Forward)!,
        };
        CheckShared(service, section);
        return service;
    }

    /// <summary>A service with children; where it is encrypted, a worker stands between them and their clients.</summary>
    private Service? Child(Entry entry, Section<Service> section, Reading reading)
    {
        var service = children.Bind(entry, section, reading);
        if (service is null || section.Find(ServiceKeys.Tls.Name) is null)
        {
            return service;
        }

        // Not with the rights of the children: they could take the key from it.
        var ofWorker = new Section<Service>(null, Header(entry.Key), reading);
        var (worker, lacking) = children.BindWorker(entry, ofWorker, reading, isImplied: true);
        return service with { Tls = tls.Bind(section), Worker = worker, Unavailable = service.Unavailable ?? lacking };
    }

    /// <summary>
    /// The worker of a handler: only keys of the service itself make one, since a default would move each handler out of the daemon. What
    /// is encrypted always has one.
    /// </summary>
    /// <returns>The worker, and what it lacks on this system; null where the handler serves inside the daemon.</returns>
    private (WorkerProgram? Worker, string? Lacking) WorkerOf(
        Entry entry, Section<Service> section, Reading reading, bool mayImply)
    {
        if (section.Find(ServiceKeys.User.Name) is not null || section.Find(ServiceKeys.Worker.Name) is not null)
        {
            return children.BindWorker(entry, section, reading, isImplied: false);
        }

        if (mayImply || section.Find(ServiceKeys.Tls.Name) is not null)
        {
            return children.BindWorker(entry, section, reading, isImplied: true);
        }

        foreach (var misplaced in ServiceKeys.OfWorker.Where(key => !reading.Absent.ContainsKey($"services.{key.Name}"))
            .Select(key => section.Find(key.Name)).OfType<Entry>())
        {
            problems.Error(
                misplaced.KeyAt,
                $"'{misplaced.Key}' is for a handler in a process of its own, and {Header(entry.Key)} serves inside the daemon; "
                + "add user = \"NAME\" or worker = \"NAME\"");
        }

        return default;
    }

    /// <summary>Services that name the same worker are in one process, which has one user and one set of limits.</summary>
    private void CheckShared(Service? service, Section<Service> section)
    {
        if (service is { Enabled: true, Worker.Name: { } name } && !_workers.TryAdd(name, service)
            && _workers[name] is var first && first.Worker!.RightsText != service.Worker!.RightsText)
        {
            var other = ServiceKeys.OfWorker.First(key => key.Show(first) != key.Show(service));
            problems.Error(
                section.Find(ServiceKeys.Worker.Name)!.KeyAt,
                $"the worker '{name}' is one process, and services.{first.Name} ({first.At}) gives it another '{other.Name}' "
                + $"({other.Show(first) ?? "none"}, here {other.Show(service) ?? "none"}): use the same one, or another worker");
        }
    }
}
