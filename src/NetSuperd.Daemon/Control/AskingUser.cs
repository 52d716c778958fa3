using System.Collections.Concurrent;
using System.Globalization;

namespace NetSuperd.Control;

/// <summary>The user of a process that asks at a control socket, for the log.</summary>
/// <param name="Peer">The process and its user.</param>
/// <param name="Name">The name of the user; its number where that is not known.</param>
/// <param name="Login">The user of the login, which <c>sudo</c> does not change; <c>none</c> where that is not known.</param>
internal sealed record AskingUser(ControlPeer Peer, string Name, string Login)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<object, Task<string>> Names = new();

    /// <summary>Finds out the user.</summary>
    public static async Task<AskingUser> OfAsync(ControlPeer peer) => new(
        peer, await NameOfAsync(peer.User).ConfigureAwait(false),
        Installation.Current.LoginOf(peer.Pid) is { } login ? await NameOfAsync(login).ConfigureAwait(false) : "none");

    /// <summary>
    /// The name of a user. A directory service may hang: it is asked once for each user, and waited for briefly, so that no command hangs
    /// with it.
    /// </summary>
    private static async Task<string> NameOfAsync(object user)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{user}");
        try
        {
            return await Names.GetOrAdd(user, static id => Task.Run(() => Installation.Current.NameOf(id) ?? $"{id}"))
                .WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return number;
        }
    }
}
