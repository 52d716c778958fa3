using System.Collections.Concurrent;
using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>The user of a process that asks at a control socket, for the log.</summary>
/// <param name="Process">The process and its user.</param>
/// <param name="Name">The name of the user; its number where that is not known.</param>
/// <param name="Login">The user of the login, which <c>sudo</c> does not change; <c>none</c> where that is not known.</param>
internal sealed record AskingUser(PeerCredentials Process, string Name, string Login)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentDictionary<uint, Task<string>> Names = new();

    /// <summary>Finds out the user.</summary>
    public static async Task<AskingUser> OfAsync(PeerCredentials process) => new(
        process, await NameOfAsync(process.Uid).ConfigureAwait(false),
        Installation.Current.LoginOf(process.Pid) is { } login ? await NameOfAsync(login).ConfigureAwait(false) : "none");

    /// <summary>
    /// The name of a user. A directory service may hang: it is asked once for each user, and waited for briefly, so that no command hangs
    /// with it.
    /// </summary>
    private static async Task<string> NameOfAsync(uint user)
    {
        var number = user.ToString(CultureInfo.InvariantCulture);
        try
        {
            return await Names.GetOrAdd(user, static id => Task.Run(() => Installation.Current.Host.Names.User(id)?.Name ?? $"{id}"))
                .WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return number;
        }
    }
}
