using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Fits the services with <c>start = "always"</c> to their sockets, and refuses keys that do not go with a server, or without one.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="isWhole">Whether every entry of <c>[ports]</c> is there; otherwise one that is missing may name a service.</param>
internal sealed class ServerFit(Problems problems, bool isWhole)
{
    private const string Accepts = "with start = \"always\" the program accepts its clients itself, and the daemon never sees them";

    private static readonly Key<Service>[] OfNotices = [ServiceKeys.StartTimeout, ServiceKeys.Watchdog];
    private static readonly Key<Service>[] OfServers = [ServiceKeys.Restart, ServiceKeys.Notify, .. OfNotices];

    /// <summary>The service, a server without the admission that the daemon cannot apply.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="ports">Its sockets.</param>
    public Service Fit(Service service, Section<Service> section, IReadOnlyList<Port> ports)
    {
        if (service.Program is not { } program)
        {
            return service;
        }

        if (!program.IsServer)
        {
            if (section.IsSound(ServiceKeys.Start))
            {
                CheckOther(program, section);
            }

            return service;
        }

        if (section.Find(ServiceKeys.Wait.Name) is { } wait && section.Get(ServiceKeys.Wait))
        {
            problems.Error(
                wait.KeyAt, "'wait' is for a child that a client starts; a server with start = \"always\" runs all the time: remove it");
        }

        foreach (var key in program.Notify ? [] : OfNotices)
        {
            if (section.Find(key.Name) is { } entry)
            {
                problems.Error(entry.KeyAt, $"'{key.Name}' is for a server that tells when it is ready; add notify = true");
            }
        }

        if (service.Enabled)
        {
            CheckSockets(service, program, section, ports);
        }

        return WithoutAdmission(service, section);
    }

    private void CheckOther(ChildProgram program, Section<Service> section)
    {
        foreach (var key in OfServers)
        {
            if (section.Find(key.Name) is { } entry)
            {
                problems.Error(entry.KeyAt, $"'{key.Name}' is for a server that runs all the time; add start = \"always\"");
            }
        }

        if (program.Fds == ChildFds.None)
        {
            problems.Error(
                section.At(ServiceKeys.Fds)!,
                "fds = \"none\" is for a server that binds its sockets itself; add start = \"always\", or use \"stdio\" or \"listen\"");
        }
    }

    private void CheckSockets(Service service, ChildProgram program, Section<Service> section, IReadOnlyList<Port> ports)
    {
        var entries = ports.DistinctBy(port => port.Entry).ToList();
        if (program.Fds == ChildFds.None)
        {
            foreach (var entry in entries)
            {
                problems.Error(
                    entry.At,
                    $"'{service.Name}' has fds = \"none\", so its program binds its sockets itself: "
                    + "remove this entry, or use fds = \"listen\"");
            }
        }
        else if (entries.Count == 0 && isWhole)
        {
            problems.Error(
                section.At(ServiceKeys.Start) ?? service.At,
                $"no entry in [ports] names the server '{service.Name}'; if its program binds its sockets itself, set fds = \"none\"");
        }
        else if (program.Fds == ChildFds.Stdio && (ports.Count > 1 || ports is [{ Key.Addresses.Count: > 1 }]))
        {
            var why = ports.Count > 1 ? $"'{service.Name}' has several sockets" : "a port without an address is two sockets, IPv4 and IPv6";
            problems.Error(
                ports[^1].At, $"{why}, and a server with fds = \"stdio\" gets a single one: use fds = \"listen\", or a single address");
        }
    }

    /// <summary>
    /// A key of the service itself that cannot hold is an error, and one of <c>[defaults]</c> is ignored; except for <c>allow</c> and
    /// <c>deny</c>, which would silently admit strangers.
    /// </summary>
    private Service WithoutAdmission(Service service, Section<Service> section)
    {
        var free = service with
        {
            Admission = service.Admission with
            {
                Allow = null,
                Deny = [],
                Times = [],
                MaxConnections = null,
                MaxPerSource = null,
                MaxPerNetwork = null,
                SourcePrefix = SourcePrefix.Default,
                Rate = null,
                RatePerSource = null,
                BytesPerSource = null,
                AtLimit = AtLimit.Defer,
                BannerRefused = null,
                IdleTimeout = null,
                FirstByteTimeout = null,
                MaxDuration = null,
            },
        };
        foreach (var key in AdmissionKeys.All.Where(key => key.Show(service) != key.Show(free)))
        {
            if (section.Find(key.Name) is { } entry)
            {
                problems.Error(entry.KeyAt, $"'{key.Name}' cannot be applied: {Accepts}");
            }
            else if (key == AdmissionKeys.Allow || key == AdmissionKeys.Deny)
            {
                problems.Error(
                    service.At,
                    $"'{key.Name}' of [defaults] cannot be applied to '{service.Name}': {Accepts}; "
                    + $"{key.Name} = {key.DefaultText} in the service itself switches it off");
            }
        }

        return free;
    }
}
