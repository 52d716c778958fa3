using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>Closes the records of children, with the same words for each way in which one may end.</summary>
internal static class ChildClosing
{
    /// <summary>Closes the record of a child that has run.</summary>
    /// <param name="tally">Keeps the record.</param>
    /// <param name="record">The record.</param>
    /// <param name="end">How the child has ended; null: that is unknown.</param>
    public static void CloseChild(this IConnectionTally tally, ConnectionRecord record, ChildEnd? end)
    {
        record.Usage = end;
        var how = end?.Signal is { } signal ? $"by signal {SignalName.Of(signal)}"
            : end?.Status is { } status ? $"with status {TextOf(status)}"
            : "with an unknown status";
        if (record.TimedOutBy is { } over)
        {
            tally.Close(record, ConnectionEnd.TimedOut, $"of {over}, {how}", over);
        }
        else
        {
            tally.Close(record, end?.Signal is null ? ConnectionEnd.Exited : ConnectionEnd.Killed, how);
        }
    }

    /// <summary>The number of a status. That of a program of Windows that has failed is one of ntstatus.h, which are written so.</summary>
    private static string TextOf(int status) =>
        status < 0 ? $"0x{status:X8}" : status.ToString(CultureInfo.InvariantCulture);
}
