using System.Net;
using System.Text;
using NetSuperd.Server.Config;

namespace NetSuperd.Linux.Forward;

/// <summary>In which order the targets, and the addresses of each, are tried for a client.</summary>
/// <param name="Balance">How connections are shared out.</param>
/// <param name="Number">How many clients came before, for <see cref="Balance.RoundRobin"/>.</param>
/// <param name="Client">The client, for <see cref="Balance.Source"/>: its port does not count.</param>
internal readonly record struct ClientTurn(Balance Balance, long Number, EndPoint Client)
{
    /// <summary>The order.</summary>
    public IReadOnlyList<T> Order<T>(IReadOnlyList<T> all)
        where T : notnull
    {
        var (number, client) = (Number, $"{(Client as IPEndPoint)?.Address}");
        return all.Count < 2 ? all : Balance switch
        {
            // Each target has a score for a client, so that one that is new or gone does not move the clients of the others.
            Balance.Source => [.. all.OrderByDescending(one => Score($"{client} {one}"))],
            Balance.RoundRobin => [.. Enumerable.Range(0, all.Count).Select(i => all[(int)((number + i) % all.Count)])],
            _ => all,
        };
    }

    /// <summary>The turn for what each of several has: one of them comes again after all others have had theirs.</summary>
    public ClientTurn Within(int count) => this with { Number = Number / count };

    /// <summary>A number for a text, the same in every process: FNV-1a, whose bits are mixed as in MurmurHash3 at the end.</summary>
    private static ulong Score(string text)
    {
        var hash = 14695981039346656037ul;
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ octet) * 1099511628211ul;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdul;
        return hash ^ (hash >> 33);
    }
}
