using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Fits the keys of children with <c>wait = true</c> to the sockets that they share.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="mostOfAll">The limit of the daemon; null: none.</param>
internal sealed class WaitFit(Problems problems, int? mostOfAll)
{
    private const string OneReader = "children that share a datagram socket would take the datagrams of each other's clients";

    /// <summary>The service, without the keys that its sockets do not allow.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="ports">Its sockets.</param>
    public Service Fit(Service service, Section<Service> section, IReadOnlyList<Port> ports)
    {
        if (service.Program is not { Wait: true } program)
        {
            return service;
        }

        var keys = new KeyFit(problems, service, section);
        if (ports.FirstOrDefault(port => port.Key.Transport is { IsTcp: false, IsUnix: false, IsDatagram: false }) is { } silent)
        {
            var why = $"the system does not report which connections {silent.Key.Transport.Noun} has";
            program = program with { IdleStop = keys.Drop(ServiceKeys.IdleStop, program.IdleStop, why) };
        }

        if (ports.Any(port => port.Key.Transport.IsDatagram))
        {
            program = program with { Processes = keys.Drop(ServiceKeys.Processes, program.Processes, OneReader) };
        }

        CheckLimit(service, program, section, ports);
        return service with { Program = program };
    }

    private void CheckLimit(Service service, ChildProgram program, Section<Service> section, IReadOnlyList<Port> ports)
    {
        if (program.Processes is not { } processes)
        {
            return;
        }

        var groups = program.Fds == ChildFds.Listen ? 1 : ports.Sum(port => port.Key.IsBarePort ? HostAddress.Every.Count : 1);
        var children = processes * Math.Max(1, groups);
        var (limit, most) = mostOfAll is { } all && !(service.Admission.MaxConnections <= all)
            ? (DaemonKeys.FullName(DaemonKeys.MaxConnections), all)
            : (AdmissionKeys.MaxConnections.Name, service.Admission.MaxConnections ?? int.MaxValue);
        if (children > most)
        {
            problems.Error(
                section.At(ServiceKeys.Processes) ?? service.At,
                $"'processes' asks for {children} children{(groups > 1 ? $", {processes} for each of {groups} sockets" : "")}, "
                + $"more than {limit} = {most} allows");
        }
    }
}
