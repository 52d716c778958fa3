using System.Globalization;
using System.Net;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Builtins;

/// <summary>
/// Identification (RFC 1413): for each line with two ports, one line about the user that owns the connection between them. Only connections
/// between the address of the client and the address that it asked are told of.
/// </summary>
/// <remarks>
/// <c>settings.answer</c> is <c>"uid"</c> (default), <c>"user"</c>, <c>"hidden"</c> or <c>"unknown"</c>. The default tells no login name,
/// which is half of what a stranger needs to log in, but a stable number by which an administrator finds the user after a complaint. The
/// users of <c>settings.hide</c> are hidden. With <c>settings.noident = true</c> a user hides by a file <c>.noident</c> in the home folder,
/// as with the identd of FreeBSD and pidentd; it is off by default. <c>settings.timeout</c>, 60 s by default, is the time for each request.
/// <para>
/// The file need only be there: a daemon of root that opened files of users at the request of a stranger would let them read what they may
/// not (CVE-2001-0196).
/// </para>
/// </remarks>
[Handler("ident")]
public sealed class IdentHandler : IStreamHandler
{
    // RFC 1413, notes on syntax: a client may abort after so many characters without an end of line. So does this server.
    private const int MostLineBytes = 1000;

    // RFC 1413, notes on syntax: a server should not send a longer one.
    private const int MostNameBytes = 512;

    private const string OptOut = ".noident";

    private static readonly string[] AboutUsers = ["hide", "noident"];

    private const string Invalid = "ERROR:INVALID-PORT";
    private const string NoUser = "ERROR:NO-USER";
    private const string Hidden = "ERROR:HIDDEN-USER";
    private const string Unknown = "ERROR:UNKNOWN-ERROR";

    // A directory service or the disk of a home folder may take long or never answer; a lookup cannot be ended, so there are few at once.
    private const int MostLookups = 4;
    private static readonly TimeSpan LongestLookup = TimeSpan.FromSeconds(5);
    private static readonly SemaphoreSlim Lookups = new(MostLookups);

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    private readonly IConnectionUsers _users;
    private readonly string _answer;
    private readonly HashSet<uint> _hide;
    private readonly bool _mayHide;
    private readonly TimeSpan _timeout;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">An unknown word, an unknown user, or a time that is too short or too long.</exception>
    public IdentHandler(ServiceInfo info, IConnectionUsers users)
    {
        _users = users;
        var settings = info.Settings;
        _answer = settings.GetString("answer", "uid");
        if (_answer is not ("user" or "uid" or "hidden" or "unknown"))
        {
            throw settings.Error("answer", "'answer' must be \"user\", \"uid\", \"hidden\" or \"unknown\"");
        }

        if (_answer is "hidden" or "unknown" && AboutUsers.FirstOrDefault(settings.Contains) is { } key)
        {
            throw settings.Error(key, $"'{key}' has no effect with answer = \"{_answer}\", which names no user; remove it");
        }

        _hide = [.. settings.GetStrings("hide").Select(user => IdOf(settings, user))];
        _mayHide = settings.GetBoolean("noident");
        _timeout = settings.GetDuration("timeout", DefaultTimeout);
        if (_timeout < LeastTimeout || _timeout > LongestTimeout)
        {
            throw settings.Error("timeout", "'timeout' must be from 1s to 1h");
        }
    }

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var (buffer, filled) = (new byte[MostLineBytes], 0);
        while (true)
        {
            // From here to the end of the answer: a client that sends a byte now and then gains nothing by it.
            using var late = new CancellationTokenSource(_timeout, Clock);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
            try
            {
                int length;
                while ((length = buffer.AsSpan(0, filled).IndexOf((byte)'\n')) < 0)
                {
                    if (filled == buffer.Length)
                    {
                        await connection.SendAsync(Line(default, Unknown), late.Token).ConfigureAwait(false);
                        return;
                    }

                    await connection.WaitForDataAsync(over.Token).ConfigureAwait(false);
                    var received = await connection.ReceiveAsync(buffer.AsMemory(filled), late.Token).ConfigureAwait(false);
                    if (received == 0)
                    {
                        // What is there is the beginning of a request, which may have become another one.
                        return;
                    }

                    filled += received;
                }

                var query = IdentQuery.Read(buffer.AsSpan(0, length));
                var answer = await AnswerAsync(query, connection, late.Token).ConfigureAwait(false);
                await connection.SendAsync(Line(query, answer), late.Token).ConfigureAwait(false);
                buffer.AsSpan((length + 1)..filled).CopyTo(buffer);
                filled -= length + 1;
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // RFC 1413 discourages white space in answers, and every space before a user would be a part of the user's name.
    private static byte[] Line(IdentQuery query, string answer) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{query.Port},{query.ClientPort}:{answer}\r\n"));

    private async ValueTask<string> AnswerAsync(IdentQuery query, StreamConnection connection, CancellationToken late)
    {
        if (_answer == "unknown" || connection is not { LocalEndPoint: IPEndPoint asked, RemoteEndPoint: IPEndPoint client })
        {
            return Unknown;
        }

        if (!query.IsValid)
        {
            return Invalid;
        }

        // The kernel answers within the call, in microseconds.
        var failure = _users.Find(new(asked.Address, query.Port), new(client.Address, query.ClientPort), out var owner);
        return failure is not null ? Unknown
            : owner is not { } user ? NoUser
            : _answer == "hidden" || _hide.Contains(user) ? Hidden
            : _answer == "uid" && !_mayHide ? Number(user)
            : await LookUpAsync(user, late).ConfigureAwait(false);
    }

    /// <summary>
    /// Looks the user up on a thread of the pool, because it may take long; the handler is back on the loop after its next wait.
    /// </summary>
    private async ValueTask<string> LookUpAsync(uint user, CancellationToken late)
    {
        if (!await Lookups.WaitAsync(LongestLookup, late).ConfigureAwait(false))
        {
            return Unknown;
        }

        // A lookup that is not awaited to its end still makes room for another one, and never fails.
        var lookup = Task.Run(() => Find(user), CancellationToken.None);
        try
        {
            return await lookup.WaitAsync(LongestLookup, Clock, late).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Unknown;
        }
    }

    private string Find(uint user)
    {
        try
        {
            var found = _users.User(user);
            return _mayHide && found is { Home.Length: > 0 } && _users.HasFile(found.Home, OptOut) ? Hidden
                : _answer == "uid" ? Number(user)
                : found is null ? NoUser
                : UserId(found.Name);
        }
        catch (CallException)
        {
            // The home folder cannot be searched: the user may have hidden.
            return Hidden;
        }
        finally
        {
            Lookups.Release();
        }
    }

    private static string Number(uint user) => string.Create(CultureInfo.InvariantCulture, $"USERID:OTHER:{user}");

    private static string UserId(string name) =>
        name.Any(char.IsControl) || name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MostNameBytes ? Unknown
        : Ascii.IsValid(name) ? $"USERID:UNIX:{name}"
        : $"USERID:UNIX,UTF-8:{name}";

    private uint IdOf(Settings settings, string user) =>
        uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : _users.IdOf(user) ?? throw settings.Error("hide", $"'hide' names the user '{user}', which does not exist");
}
