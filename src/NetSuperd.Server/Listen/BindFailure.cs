using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>A socket of the map that could not be bound.</summary>
/// <param name="Message">Address, reason, remedy, and the process that holds it where the system tells.</param>
/// <param name="IsPermission">Whether the daemon lacks a right (EACCES), which has an exit status of its own.</param>
public sealed record BindFailure(string Message, bool IsPermission)
{
    // The parts of the message; null in a failure that no place has.
    private SocketPlace? Place { get; init; }

    private string? Reason { get; init; }

    /// <summary>The failures, with one message for sockets of one entry that failed for the same reason.</summary>
    internal static IReadOnlyList<BindFailure> Join(IEnumerable<BindFailure> failures) =>
    [
        .. failures.GroupBy(failure => (failure.Place?.Row, failure.Reason, failure.IsPermission))
            .Select(group => group.Key.Row is null || group.Count() == 1 ? group.First() : group.First() with
            {
                Message = $"cannot bind {SocketPlace.TextOf([.. group.Select(failure => failure.Place!)])}: {group.First().Reason}",
            }),
    ];

    /// <summary>Makes the system calls of a bind.</summary>
    /// <returns>The failure, or null.</returns>
    internal static BindFailure? Catch(Host host, SocketPlace place, Action bind)
    {
        try
        {
            bind();
            return null;
        }
        catch (SocketException failure)
        {
            return Of(host, place, host.Sockets.ErrnoOf(failure));
        }
        catch (CallException failure)
        {
            return Of(host, place, failure.Errno);
        }
        catch (UntrustedPathException failure)
        {
            return Of(place, failure.Message, isPermission: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Of(host, place, Errno.EACCES, failure.Message);
        }
        catch (Exception failure)
        {
            // Any other failure concerns one socket only: the others are bound all the same, and the map applies as a whole.
            return Of(place, failure.Message, isPermission: false);
        }
    }

    internal static BindFailure Of(Host host, SocketPlace place, Errno errno, string? reason = null)
    {
        var remedy = errno switch
        {
            Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT or Errno.EAFNOSUPPORT or Errno.ENOPROTOOPT
                when place.Port.Key.Transport.Absence(host.AbsenceOf) is { } absence => absence,
            Errno.EADDRINUSE when place.Port.Key.Transport.IsIp => host.Sockets.HolderOf(place),
            Errno.EADDRNOTAVAIL when place.Port.Key.Transport.IsIp => "no interface of this host has the address",
            Errno.ENODEV when (place.Zone ?? place.Port.Device) is { } device => $"there is no network interface '{device}'",
            Errno.EMFILE => DescriptorReserve.Remedy(host.Process),
            _ => host.Sockets.RemedyOf(place, errno),
        };
        var why = reason ?? errno.Reason().ToLowerInvariant();
        return Of(place, remedy is null ? why : $"{why}; {remedy}", errno is Errno.EACCES or Errno.EPERM);
    }

    private static BindFailure Of(SocketPlace place, string reason, bool isPermission) =>
        new($"cannot bind {place.Local}: {reason}", isPermission) { Place = place, Reason = reason };
}
