using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the plan of a service with <c>forward</c>.</summary>
internal static class ForwardBinder
{
    /// <summary>Binds the plan; null after an error in its targets.</summary>
    public static ForwardPlan? Bind(Problems problems, Section<Service> section, TlsBinder tls)
    {
        if (!section.TryGet(ForwardKeys.Forward, out var targets))
        {
            return null;
        }

        var encryption = tls.BindTo(section);
        RequireName(problems, section, targets, encryption);
        var transparent = section.Get(ForwardKeys.Transparent) && SeesClients(problems, section, targets);
        var source = !transparent && section.TryGet(ForwardKeys.Source, out var own) ? own : null;
        return new ForwardPlan
        {
            Targets = targets,
            Balance = section.Get(ForwardKeys.Balance),
            ConnectTimeout = section.Get(ForwardKeys.ConnectTimeout),
            Source = source is not null && IsUsable(problems, section, targets, source) ? source : null,
            Transparent = transparent,
            SendProxy = section.GetOrNull(ForwardKeys.SendProxy),
            TlsTo = encryption,
        };
    }

    /// <summary>The path of a unix socket is no name that a certificate could have.</summary>
    private static void RequireName(
        Problems problems, Section<Service> section, ImmutableArray<ForwardTarget> targets, TlsToPlan? encryption)
    {
        if (encryption is { Verify: true, Name: null } && targets.FirstOrDefault(target => target.HostName is null) is { } nameless)
        {
            problems.Error(
                section.Find(ForwardKeys.TlsTo.Name)!.KeyAt,
                $"'{ForwardKeys.TlsTo.Name}' needs name = \"NAME\", the name in the certificate of {nameless}, or verify = false");
        }
    }

    /// <summary>
    /// Whether targets can see the addresses of clients. What the service itself has comes before a key of <c>[defaults]</c>, which is
    /// ignored where it does not fit.
    /// </summary>
    private static bool SeesClients(Problems problems, Section<Service> section, ImmutableArray<ForwardTarget> targets)
    {
        var (own, ownSource) = (section.Find(ForwardKeys.Transparent.Name), section.Find(ForwardKeys.Source.Name));
        if (targets.FirstOrDefault(target => target.Service is not null || target.End is UnixDomainSocketEndPoint) is { } misfit)
        {
            if (own is not null)
            {
                problems.Error(own.KeyAt, $"'{own.Key}' cannot be used here: {misfit} is a "
                    + (misfit.Service is null
                        ? "unix socket, and its clients have no address"
                        : $"service of this map: '{ForwardKeys.SendProxy.Name}' tells it the address of the client"));
            }

            return false;
        }

        if ((own is null) == (ownSource is null) && section.TryGet(ForwardKeys.Source, out _))
        {
            problems.Error(section.At(ForwardKeys.Transparent)!, $"'{ForwardKeys.Transparent.Name}' and "
                + $"'{ForwardKeys.Source.Name}' both say from which address connections come: leave one out");
        }

        return own is not null || ownSource is null;
    }

    /// <summary>Whether connections to targets can come from an address; one of <c>[defaults]</c> is ignored where they cannot.</summary>
    private static bool IsUsable(
        Problems problems, Section<Service> section, ImmutableArray<ForwardTarget> targets, IPAddress source)
    {
        var misfit = targets.FirstOrDefault(target => target.End is IPEndPoint { Address: var address }
            && address.AddressFamily != source.AddressFamily);
        if (misfit is not null && section.Find(ForwardKeys.Source.Name) is { } entry)
        {
            problems.Error(entry.KeyAt, $"no connection can go from {source} to {misfit}: one is an address of IPv4, the other of IPv6");
        }

        return misfit is null;
    }
}
