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
    // With fewer places than this, the half that one network gets by default is surprisingly small.
    private const int FewPlaces = 8;

    private const string ChildAccepts = "with wait = true the child accepts the clients itself, and the daemon never sees them";
    private const string ChildReads = "with wait = true the child reads all further datagrams itself, and the daemon never sees them";
    private const string NoConnections = "a datagram socket has no connections";
    private const string NoDatagrams = "it is for datagrams, and no socket of the service takes them";
    private const string Dropped = "datagrams over a limit are always dropped";
    private const string NoSenders = "the system does not tell which user sent a datagram to a unix socket";
    private const string NoUnixPeers = "only peers of unix sockets have a uid and a gid, and the service has no unix socket";
    private const string NoAddresses = "peers of unix sockets have no address, and the service has unix sockets only";
    private const string NoTimes = "the system does not tell when a connection of a unix socket was last used";

    /// <summary>The service with the admission that its sockets allow.</summary>
    /// <param name="service">The service.</param>
    /// <param name="section">Its table.</param>
    /// <param name="sockets">The kinds of all its sockets; none for a service without one.</param>
    /// <param name="isPublic">Whether other hosts can come to one of them.</param>
    public Service Fit(Service service, Section<Service> section, Scope sockets, bool isPublic)
    {
        var own = service.Admission;
        var (waits, connects, datagrams) =
            (service.Program is { Wait: true }, (sockets & Scope.Connecting) != 0, (sockets & (Scope.Udp | Scope.UnixDatagram)) != 0);
        CheckDaemon(section);
        if (connects && !waits)
        {
            CheckNetworks(section, own, isPublic);
        }

        WarnOfUnmatchable(AdmissionKeys.Allow, own.Allow ?? []);
        WarnOfUnmatchable(AdmissionKeys.Deny, own.Deny);
        if (waits && connects)
        {
            Insist(AdmissionKeys.Allow, own.Allow is not null, ChildAccepts);
            Insist(AdmissionKeys.Deny, !own.Deny.IsEmpty, ChildAccepts);
            own = own with
            {
                MaxPerSource = Without(AdmissionKeys.MaxPerSource, own.MaxPerSource, ChildAccepts),
                MaxPerNetwork = Without(AdmissionKeys.MaxPerNetwork, own.MaxPerNetwork, ChildAccepts),
                RatePerSource = Without(AdmissionKeys.RatePerSource, own.RatePerSource, ChildAccepts),
            };
        }

        if (waits && (connects || datagrams))
        {
            var why = connects ? ChildAccepts : NoConnections;
            own = own with
            {
                AtLimit = Without(AdmissionKeys.AtLimit, own.AtLimit, why),
                BannerRefused = Without(AdmissionKeys.BannerRefused, own.BannerRefused, why),
                IdleTimeout = Without(AdmissionKeys.IdleTimeout, own.IdleTimeout, why),
            };
        }

        if (waits && (connects || datagrams))
        {
            var isUdp = !connects && (sockets & Scope.Udp) != 0;
            RemarkFirst(AdmissionKeys.Allow, isUdp && own.Allow is not null);
            RemarkFirst(AdmissionKeys.Deny, isUdp && !own.Deny.IsEmpty);
            RemarkFirst(AdmissionKeys.Times, !own.Times.IsEmpty && section.Find(AdmissionKeys.Times.Name) is not null);
            RemarkFirst(
                AdmissionKeys.RatePerSource,
                isUdp && own.RatePerSource is not null && section.Find(AdmissionKeys.RatePerSource.Name) is not null);
        }

        if (datagrams && !connects)
        {
            own = own with { BannerRefused = Without(AdmissionKeys.BannerRefused, own.BannerRefused, NoConnections) };
        }

        if (datagrams && !connects && service.Program is null)
        {
            own = own with
            {
                MaxConnections = Without(AdmissionKeys.MaxConnections, own.MaxConnections, NoConnections),
                MaxPerSource = Without(AdmissionKeys.MaxPerSource, own.MaxPerSource, NoConnections),
                MaxPerNetwork = Without(AdmissionKeys.MaxPerNetwork, own.MaxPerNetwork, NoConnections),
                AtLimit = Without(AdmissionKeys.AtLimit, own.AtLimit, Dropped),
                IdleTimeout = Without(AdmissionKeys.IdleTimeout, own.IdleTimeout, NoConnections),
                FirstByteTimeout = Without(AdmissionKeys.FirstByteTimeout, own.FirstByteTimeout, NoConnections),
                MaxDuration = Without(AdmissionKeys.MaxDuration, own.MaxDuration, NoConnections),
            };
        }

        if (connects && !datagrams && own.Has(AdmissionKeys.BytesPerSource.Name))
        {
            own = own with { BytesPerSource = Without(AdmissionKeys.BytesPerSource, own.BytesPerSource, NoDatagrams) };
        }

        if ((sockets & Scope.UnixDatagram) != 0)
        {
            Insist(AdmissionKeys.Allow, own.Allow is { } allow && allow.Any(IsIdentity), NoSenders);
            Insist(AdmissionKeys.Deny, own.Deny.Any(IsIdentity), NoSenders);
        }

        if (service.Program is not null && (sockets & Scope.Unix) != 0)
        {
            own = own with { IdleTimeout = Without(AdmissionKeys.IdleTimeout, own.IdleTimeout, NoTimes) };
        }

        return service with { Admission = own };

        // Reported only for the service's own keys: the defaults are for all sockets.
        void WarnOfUnmatchable(Key<Service> key, IEnumerable<PeerRule> rules)
        {
            foreach (var rule in section.Find(key.Name) is null || sockets == Scope.None ? [] : rules)
            {
                if ((sockets & (IsIdentity(rule) ? Scope.Unix : Scope.Ip)) == 0)
                {
                    problems.Warning(rule.At, $"{rule.Text} can never match: {(IsIdentity(rule) ? NoUnixPeers : NoAddresses)}");
                }
            }
        }

        // Keys that hold for the client that starts the child, but not for the next datagram or client.
        void RemarkFirst(Key<Service> key, bool matters)
        {
            if (matters)
            {
                var (first, why) = connects ? ("client that starts a child", ChildAccepts) : ("first datagram of each child", ChildReads);
                problems.Warning(section.Find(key.Name)?.KeyAt ?? service.At, $"'{key.Name}' applies only to the {first}: {why}");
            }
        }

        T? Without<T>(Key<Service> key, T? value, string why)
        {
            if (!EqualityComparer<T>.Default.Equals(value, default) && section.Find(key.Name) is { } entry)
            {
                problems.Error(entry.KeyAt, $"'{key.Name}' cannot be applied: {why}");
            }

            return default;
        }

        void Insist(Key<Service> key, bool matters, string why)
        {
            if (matters && section.Find(key.Name) is { } entry)
            {
                problems.Error(entry.KeyAt, $"'{key.Name}' cannot be applied: {why}");
            }
            else if (matters)
            {
                problems.Error(
                    service.At,
                    $"'{key.Name}' of [defaults] cannot be applied to '{service.Name}': {why}; "
                    + $"{key.Name} = {key.DefaultText} in the service itself switches it off");
            }
        }
    }

    private static bool IsIdentity(PeerRule rule) => rule.Network is null;

    /// <summary>
    /// The number that one network may have, where it keeps another limit from ever being reached, and the map does not show that.
    /// </summary>
    private void CheckNetworks(Section<Service> section, Admission own, bool isPublic)
    {
        if (own is { MaxPerSource: { } ofSource, MaxPerNetwork: { } ofNetwork } && ofSource > ofNetwork
            && section.Find(AdmissionKeys.MaxPerSource.Name) is { } named)
        {
            problems.Warning(
                named.KeyAt, $"no source can have {ofSource} connections: max_per_network allows its network {ofNetwork}");
        }

        if (isPublic && own.MaxConnections is > 1 and < FewPlaces and { } places && section.At(AdmissionKeys.MaxConnections) is { } at
            && !own.Has(AdmissionKeys.MaxPerNetwork.Name) && !own.Has(AdmissionKeys.MaxPerSource.Name))
        {
            problems.Warning(
                at,
                $"clients of one network, such as an IPv4 /24, get at most {(places + 1) / 2} of these {places} connections; "
                + $"max_per_network = {places} lets them have all");
        }
    }

    private void CheckDaemon(Section<Service> section)
    {
        if (section.TryGet(AdmissionKeys.MaxConnections, out var limit) && !limit.IsNone && limit.Value > mostOfAll)
        {
            problems.Warning(
                section.At(AdmissionKeys.MaxConnections)!, "the service cannot have as many: "
                    + $"all services together are limited to daemon.max_connections = {mostOfAll}");
        }
    }
}
