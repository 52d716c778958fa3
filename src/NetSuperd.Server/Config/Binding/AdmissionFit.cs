using System.Globalization;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>
/// Fits the admission of services to their sockets. A key that cannot hold there is an error in the service's own table, and is ignored in
/// <c>[defaults]</c>; except for <c>allow</c> and <c>deny</c>, which would silently admit strangers.
/// </summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="mostOfAll">The limit of the daemon; null: none.</param>
internal sealed class AdmissionFit(Problems problems, int? mostOfAll)
{
    // With fewer connections than this, the half that one network gets by default is surprisingly small.
    private const int FewConnections = 8;

    private const string ChildAccepts = "with wait = true the child accepts the clients itself, and the daemon never sees them";
    private const string FirstClient = $"applies only to the client that starts a child: {ChildAccepts}";
    private const string FirstDatagram = "applies only to the first datagram of each child: "
        + "with wait = true the child reads all further datagrams itself, and the daemon never sees them";

    private const string ChildReads = "with wait = true the child of a raw socket reads every packet itself, and the daemon counts none";

    private const string NoConnections = "a datagram socket has no connections";
    private const string NoDatagrams = "it is for datagrams, and no socket of the service takes them";
    private const string BeginsWithDatagram = "a session of datagrams begins with the first one";
    private const string Dropped = "datagrams over a limit are always dropped";
    private const string NoSenders = "the system does not report which user sent a datagram to a unix socket";
    private const string NoUnixPeers = "only peers of unix sockets have a uid and a gid, and the service has no unix socket";
    private const string NoAddresses = "only peers of IP sockets have an address, and the service has no IP socket";
    private const string NoCids = "only peers of vsock sockets have a context identifier, and the service has no vsock socket";
    private const string NoTimes = "the system does not report when a connection of a unix, SCTP or vsock socket was last used";

    /// <summary>The service with the admission that its sockets allow.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="sockets">The kinds of all its sockets; none for a service without one.</param>
    /// <param name="isPublic">Whether other hosts can come to one of them.</param>
    public Service Fit(Service service, Section<Service> section, Scope sockets, bool isPublic)
    {
        var own = service.Admission;
        var keys = new KeyFit(problems, service, section);
        var waits = service.Kind == ServiceKind.Wait;
        var connects = (sockets & Scope.Connecting) != 0;
        var datagrams = (sockets & Scope.Datagram) != 0;
        CheckDaemon(section);
        if (connects && !waits)
        {
            CheckNetworks(section, own, isPublic);
        }

        WarnOfUnmatchable(section, AdmissionKeys.Allow, own.Allow ?? [], sockets);
        WarnOfUnmatchable(section, AdmissionKeys.Deny, own.Deny, sockets);
        WarnOfUnmatchable(section, ServiceKeys.Clients, service.Clients.SelectMany(rule => rule.From), sockets);
        own = waits && connects ? FitToAcceptingChild(own, keys)
            : waits && datagrams ? FitToReadingChild(own, keys, sockets)
            : datagrams && !connects ? FitToDatagrams(own, keys, service.Kind)
            : own;
        if (connects && !datagrams && own.Has(AdmissionKeys.BytesPerSource))
        {
            own = own with { BytesPerSource = keys.Drop(AdmissionKeys.BytesPerSource, own.BytesPerSource, NoDatagrams) };
        }

        if ((sockets & Scope.UnixDatagram) != 0)
        {
            keys.Reject(AdmissionKeys.Allow, own.Allow is { } allow && allow.Any(rule => rule.IsIdentity), NoSenders);
            keys.Reject(AdmissionKeys.Deny, own.Deny.Any(rule => rule.IsIdentity), NoSenders);
        }

        if (service.Program is not null && (sockets & (Scope.Unix | Scope.Unlisted | Scope.Vsock)) != 0)
        {
            own = own with { IdleTimeout = keys.Drop(AdmissionKeys.IdleTimeout, own.IdleTimeout, NoTimes) };
        }

        var filter = waits && datagrams ? SenderRules.FilterOf(own) : null;
        if (filter?.Length > SocketFilter.MostInstructions)
        {
            keys.Reject(own.Deny.IsEmpty ? AdmissionKeys.Allow : AdmissionKeys.Deny, isSet: true, string.Create(
                CultureInfo.InvariantCulture,
                $"with wait = true the kernel filters the datagrams, and these networks need {filter.Length} instructions of the "
                    + $"{SocketFilter.MostInstructions} that it takes: name fewer or larger ones"));
            filter = null;
        }

        return service with { Admission = own, Filter = filter };
    }

    /// <summary>A child with a listening socket: the daemon sees only the client that starts it.</summary>
    private static Admission FitToAcceptingChild(Admission own, KeyFit keys)
    {
        keys.Reject(AdmissionKeys.Allow, own.Allow is not null, ChildAccepts);
        keys.Reject(AdmissionKeys.Deny, !own.Deny.IsEmpty, ChildAccepts);
        keys.WarnIfOwn(AdmissionKeys.Times, !own.Times.IsEmpty, FirstClient);
        return own with
        {
            MaxPerSource = keys.Drop(AdmissionKeys.MaxPerSource, own.MaxPerSource, ChildAccepts),
            MaxPerNetwork = keys.Drop(AdmissionKeys.MaxPerNetwork, own.MaxPerNetwork, ChildAccepts),
            RatePerSource = keys.Drop(AdmissionKeys.RatePerSource, own.RatePerSource, ChildAccepts),
            AtLimit = keys.Drop(AdmissionKeys.AtLimit, own.AtLimit, ChildAccepts),
            BannerRefused = keys.Drop(AdmissionKeys.BannerRefused, own.BannerRefused, ChildAccepts),
            IdleTimeout = keys.Drop(AdmissionKeys.IdleTimeout, own.IdleTimeout, ChildAccepts),
        };
    }

    /// <summary>A child with a datagram socket: the daemon sees only the datagram that starts it.</summary>
    private static Admission FitToReadingChild(Admission own, KeyFit keys, Scope sockets)
    {
        keys.WarnIfOwn(AdmissionKeys.Times, !own.Times.IsEmpty, FirstDatagram);
        if ((sockets & Scope.Raw) != 0)
        {
            own = own with
            {
                Rate = keys.Drop(AdmissionKeys.Rate, own.Rate, ChildReads),
                RatePerSource = keys.Drop(AdmissionKeys.RatePerSource, own.RatePerSource, ChildReads),
            };
        }

        var hasSenders = (sockets & (Scope.IpDatagram | Scope.Raw)) != 0;
        keys.WarnIfOwn(AdmissionKeys.RatePerSource, hasSenders && own.RatePerSource is not null, FirstDatagram);
        return own with
        {
            AtLimit = keys.Drop(AdmissionKeys.AtLimit, own.AtLimit, NoConnections),
            BannerRefused = keys.Drop(AdmissionKeys.BannerRefused, own.BannerRefused, NoConnections),
            IdleTimeout = keys.Drop(AdmissionKeys.IdleTimeout, own.IdleTimeout, NoConnections),
        };
    }

    /// <summary>Datagrams for a handler, for a child each, or for the target of a forward, where each client has a session.</summary>
    private static Admission FitToDatagrams(Admission own, KeyFit keys, ServiceKind kind)
    {
        own = own with { BannerRefused = keys.Drop(AdmissionKeys.BannerRefused, own.BannerRefused, NoConnections) };
        if (kind == ServiceKind.Forward)
        {
            return own with
            {
                AtLimit = keys.Drop(AdmissionKeys.AtLimit, own.AtLimit, Dropped),
                FirstByteTimeout = keys.Drop(AdmissionKeys.FirstByteTimeout, own.FirstByteTimeout, BeginsWithDatagram),
            };
        }

        return kind != ServiceKind.Handler ? own : own with
        {
            MaxConnections = keys.Drop(AdmissionKeys.MaxConnections, own.MaxConnections, NoConnections),
            MaxPerSource = keys.Drop(AdmissionKeys.MaxPerSource, own.MaxPerSource, NoConnections),
            MaxPerNetwork = keys.Drop(AdmissionKeys.MaxPerNetwork, own.MaxPerNetwork, NoConnections),
            AtLimit = keys.Drop(AdmissionKeys.AtLimit, own.AtLimit, Dropped),
            IdleTimeout = keys.Drop(AdmissionKeys.IdleTimeout, own.IdleTimeout, NoConnections),
            FirstByteTimeout = keys.Drop(AdmissionKeys.FirstByteTimeout, own.FirstByteTimeout, NoConnections),
            MaxDuration = keys.Drop(AdmissionKeys.MaxDuration, own.MaxDuration, NoConnections),
        };
    }

    /// <summary>Warns of the service's own rules only: the defaults are for all sockets.</summary>
    private void WarnOfUnmatchable(Section<Service> section, Key<Service> key, IEnumerable<PeerRule> rules, Scope sockets)
    {
        foreach (var rule in section.Find(key.Name) is null || sockets == Scope.None ? [] : rules)
        {
            var (fitting, why) = rule.IsIdentity ? (Scope.Unix, NoUnixPeers)
                : rule.IsVsock ? (Scope.Vsock, NoCids)
                : (Scope.Ip, NoAddresses);
            if ((sockets & fitting) == 0)
            {
                problems.Warning(rule.At, $"{rule.Text} can never match: {why}");
            }
        }
    }

    /// <summary>
    /// Warns where the share of one network is so small that another limit is never reached, which the map does not show.
    /// </summary>
    private void CheckNetworks(Section<Service> section, Admission own, bool isPublic)
    {
        if (own is { MaxPerSource: { } ofSource, MaxPerNetwork: { } ofNetwork } && ofSource > ofNetwork
            && section.Find(AdmissionKeys.MaxPerSource.Name) is { } named)
        {
            problems.Warning(
                named.KeyAt,
                $"no source can have {ofSource} connections: {AdmissionKeys.MaxPerNetwork.Name} allows its network {ofNetwork}");
        }

        if (isPublic && own.MaxConnections is > 1 and < FewConnections and { } most && section.At(AdmissionKeys.MaxConnections) is { } at
            && !own.Has(AdmissionKeys.MaxPerNetwork) && !own.Has(AdmissionKeys.MaxPerSource))
        {
            problems.Warning(
                at,
                $"clients of one network, such as an IPv4 /24, get at most {(most + 1) / 2} of these {most} connections; "
                + $"{AdmissionKeys.MaxPerNetwork.Name} = {most} lets them have all");
        }
    }

    private void CheckDaemon(Section<Service> section)
    {
        if (section.TryGet(AdmissionKeys.MaxConnections, out var limit) && !limit.IsNone && limit.Value > mostOfAll)
        {
            problems.Warning(
                section.At(AdmissionKeys.MaxConnections)!, "the service cannot have as many: "
                    + $"all services together are limited to {DaemonKeys.FullName(DaemonKeys.MaxConnections)} = {mostOfAll}");
        }
    }
}
