using System.Net;

namespace NetSuperd.Server.Tally;

/// <summary>Most connections come to the same own address: they share one object for it while they last.</summary>
internal sealed class SharedEnd
{
    private volatile EndPoint? _last;

    /// <summary>An end that is equal to the given one.</summary>
    public EndPoint For(EndPoint end)
    {
        var last = _last;
        return end.Equals(last) ? last : _last = end;
    }
}
