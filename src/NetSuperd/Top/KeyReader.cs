using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace NetSuperd.Top;

/// <summary>Reads the keys that the terminal sends.</summary>
internal static class KeyReader
{
    // Over a slow line the parts of a sequence may come one after the other; a person waits longer after Escape.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Passes the keys on, until the terminal has gone. A read cannot be interrupted, so that nothing waits for this at the end of the
    /// program.
    /// </summary>
    public static async Task RunAsync(ChannelWriter<TopMessage> messages)
    {
        await using var terminal = new FileStream(Terminal.Input, FileAccess.Read, bufferSize: 0);
        var (chunk, waiting) = (new byte[256], new List<byte>());
        try
        {
            int count;
            do
            {
                var reading = terminal.ReadAsync(chunk).AsTask();
                if (waiting.Count > 0 && await Task.WhenAny(reading, Task.Delay(Patience)) != reading)
                {
                    Pass(waiting, isWhole: true, messages);
                }

                count = await reading;
                waiting.AddRange(chunk.AsSpan(0, count));
                Pass(waiting, isWhole: false, messages);
            }
            while (count > 0);
        }
        catch (IOException)
        {
            // The terminal has gone.
        }

        messages.TryWrite(new TopMessage.Ended());
    }

    private static void Pass(List<byte> waiting, bool isWhole, ChannelWriter<TopMessage> messages)
    {
        while (TypedKey.Read(CollectionsMarshal.AsSpan(waiting), isWhole) is { Length: > 0 } read)
        {
            messages.TryWrite(new TopMessage.Typed(read.Key));
            waiting.RemoveRange(0, read.Length);
        }
    }
}
