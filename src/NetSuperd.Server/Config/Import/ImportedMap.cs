using System.Globalization;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>The services of imported files, and what has become of everything in these files.</summary>
/// <param name="builtins">The names of the handlers of the daemon: a program does not get one of them.</param>
/// <param name="taken">The names of services that the map has beside the imported ones: what these names mean stays as it is.</param>
internal sealed class ImportedMap(IReadOnlySet<string> builtins, IReadOnlySet<string> taken)
{
    private static readonly Key<Service>[] Limits =
        [AdmissionKeys.Rate, AdmissionKeys.RatePerSource, AdmissionKeys.MaxConnections, AdmissionKeys.MaxPerSource];

    private readonly List<ImportedService> _services = [];
    private readonly List<Finding> _findings = [];
    private readonly HashSet<string> _said = [];

    // The next number of a name that several services have.
    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>The services in the order of the files, each with a name of its own.</summary>
    public IReadOnlyList<ImportedService> Services => _services;

    /// <summary>The findings in the order of the files and of their lines.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The keys of <c>[defaults]</c>, from files that are about every service.</summary>
    public ImportedService? Defaults { get; set; }

    /// <summary>The map has the same.</summary>
    public void Kept(Position at, string message) => Add(new Finding(at, Outcome.Kept, message));

    /// <summary>The map behaves differently.</summary>
    public void Changed(Position at, string message) => Add(new Finding(at, Outcome.Changed, message));

    /// <summary>The map behaves differently, in the same way for all services: said once.</summary>
    public void ChangedOnce(Position at, string message)
    {
        if (_said.Add(message))
        {
            Changed(at, message);
        }
    }

    /// <summary>The map does not have it.</summary>
    public void Lost(Position at, string message) => Add(new Finding(at, Outcome.Lost, message));

    /// <summary>It was disabled, and stays so.</summary>
    public void Off(Position at, string message) => Add(new Finding(at, Outcome.Off, message));

    /// <summary>Adds a finding.</summary>
    public void Add(Finding finding) => _findings.Add(finding);

    /// <summary>Takes a finding back, for another one that says more.</summary>
    public void Remove(Finding finding) => _findings.Remove(finding);

    /// <summary>
    /// Adds a service, and says that it is kept or off. It becomes one with another that has the same name and the same keys; one whose
    /// sockets another service has is left out, since the other program could bind each of them only once.
    /// </summary>
    /// <returns>The service of the map; null: it is left out.</returns>
    public ImportedService? Add(ImportedService service)
    {
        var name = service.Name;
        var same = _services.Find(known => IsNamedAfter(known, name) && known.Text == service.Text
            && known.Wrapped?.Text == service.Wrapped?.Text && known.Remarks.SequenceEqual(service.Remarks));
        if (FreeSockets(service, same) is not { } sockets)
        {
            return null;
        }

        if (same is null)
        {
            service.Name = FreeName(service);
            service.Sockets.Clear();
            _services.Add(service);
            same = service;
        }

        else if (!service.IsOff && Limits.Any(limit => service.Find(limit) is not null)
            && sockets.Exists(socket => !same.Sockets.Exists(known => known.Key.Number == socket.Key.Number)))
        {
            ChangedOnce(
                service.At,
                "entries that start the same program in the same way are one service, whose limits hold for all of its sockets together; "
                + "the other program counted each entry alone");
        }

        sockets.ForEach(socket => AddSocket(same, socket));
        if (service.IsOff && service.Remarks.Count > 0)
        {
            // It is disabled here, which has been said.
        }
        else if (service.IsOff)
        {
            Off(service.At, $"'{name}' was disabled, and stays so");
        }
        else
        {
            Kept(service.At, $"'{name}'{Answering(sockets)} is service '{same.Name}'");
        }

        return same;
    }

    /// <summary>Leaves out a service.</summary>
    public void Remove(ImportedService service) => _services.Remove(service);

    /// <summary>Gives another name to services that got a table since they were added, and have a name of the map.</summary>
    public void LeaveTakenNames()
    {
        foreach (var service in _services.Where(service => service.NeedsTable && taken.Contains(service.Name)))
        {
            service.Name = FreeName(service);
        }
    }

    /// <summary>The map as the tree that a file in TOML would give.</summary>
    public TableNode ToTable(Position at)
    {
        var (root, ports, services) =
            (new TableNode(at, TableOrigin.Header), new TableNode(at, TableOrigin.Header), new TableNode(at, TableOrigin.Header));
        foreach (var service in _services)
        {
            foreach (var socket in service.Sockets)
            {
                ports.Add(new Entry(socket.Text, socket.At, PortValue(service, socket)));
            }

            if (service.NeedsTable)
            {
                services.Add(new Entry(service.Name, service.At, service.ToTable()));
            }
        }

        root.Add(new Entry(MapKeys.Ports, at, ports));
        root.Add(new Entry(MapKeys.Services, at, services));
        return root;
    }

    /// <summary>The value of an entry of <c>[ports]</c>.</summary>
    public static Node PortValue(ImportedService service, ImportedSocket socket)
    {
        var name = new ScalarNode(service.Name, service.At);
        if (socket.Options.Count == 0)
        {
            return name;
        }

        var table = new TableNode(socket.At, TableOrigin.Inline);
        table.Add(new Entry(PortKeys.Service.Name, service.At, name));
        socket.Options.ForEach(option => table.Add(option));
        return table;
    }

    private static void AddSocket(ImportedService service, ImportedSocket socket)
    {
        var twin = service.Sockets.FindIndex(known => known.With(socket) is not null);
        if (twin >= 0)
        {
            service.Sockets[twin] = service.Sockets[twin].With(socket)!;
        }
        else if (!service.Sockets.Exists(known => known.Text == socket.Text))
        {
            service.Sockets.Add(socket);
        }
    }

    private static bool IsNamedAfter(ImportedService known, string name) =>
        known.Name == name || known.Name.StartsWith(name + "-", StringComparison.Ordinal);

    private static string Answering(List<ImportedSocket> sockets) =>
        sockets.Count == 0 ? "" : $" on {string.Join(", ", sockets.Select(socket => socket.Text))}";

    /// <summary>The sockets of a service that no other has; null: others have all of them, which has been said.</summary>
    private List<ImportedSocket>? FreeSockets(ImportedService service, ImportedService? same)
    {
        var free = new List<ImportedSocket>();
        foreach (var socket in service.Sockets)
        {
            var owner = _services.Find(known => known != same && known.Sockets.Exists(socket.Overlaps));
            if (owner is { IsOff: true } && !service.IsOff)
            {
                Release(owner, socket);
                owner = null;
            }

            if (owner is null)
            {
                free.Add(socket);
            }
            else if (service.IsOff)
            {
                Off(socket.At, $"'{service.Name}' was disabled, and is left out: '{owner.Name}' at {owner.At} has {socket.Text}");
            }
            else
            {
                Lost(socket.At, $"'{owner.Name}' at {owner.At} has {socket.Text} already, and keeps it as before: remove one of the two");
            }
        }

        return service.Sockets.Count > 0 && free.Count == 0 ? null : free;
    }

    /// <summary>Takes a socket from a disabled service, and leaves the service out if it was the last one.</summary>
    private void Release(ImportedService owner, ImportedSocket socket)
    {
        owner.Sockets.RemoveAll(socket.Overlaps);
        if (owner.Sockets.Count == 0)
        {
            _services.Remove(owner);
        }
    }

    private string FreeName(ImportedService service)
    {
        var name = service.Name;
        if (!IsFree(name, service) && service.Sockets is [var first, ..])
        {
            name = $"{service.Name}-{first.Key.Transport.Word}";
        }

        for (var number = _numbers.GetValueOrDefault(service.Name, 2); !IsFree(name, service); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{service.Name}-{number}");
            _numbers[service.Name] = number + 1;
        }

        return name;
    }

    private bool IsFree(string name, ImportedService service) =>
        !_services.Exists(known => known.Name == name)
        && (service.Handler == name || !builtins.Contains(name))
        && (!service.NeedsTable || !taken.Contains(name));
}
