using System.Collections.Immutable;
using System.Net;
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
        var source = section.TryGet(ForwardKeys.Source, out var own) ? own : null;
        return new ForwardPlan
        {
            Targets = targets,
            Balance = section.Get(ForwardKeys.Balance),
            ConnectTimeout = section.Get(ForwardKeys.ConnectTimeout),
            Source = source is not null && IsUsable(problems, section, targets, source) ? source : null,
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
