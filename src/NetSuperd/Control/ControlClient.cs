using System.Net.Sockets;
using System.Text.Json;

namespace NetSuperd.Control;

/// <summary>Asks the daemon, for the commands that speak to a running one.</summary>
internal static class ControlClient
{
    /// <summary>Asks, and says the messages of the answer.</summary>
    /// <param name="path">The control socket; null: nobody knows where it is.</param>
    /// <param name="request">The request.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>The answer; its status is 69 where no daemon is there, and 77 where this user may not ask.</returns>
    public static async Task<ControlAnswer> AskAsync(string? path, ControlRequest request, CancellationToken stopping)
    {
        if (path is null)
        {
            return ControlAnswer.Wrong(
                ExitStatus.Unavailable, "which daemon? XDG_RUNTIME_DIR is not set; name its socket with --control, or its map with --config");
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stopping);
            await using var stream = new NetworkStream(socket);
            await ControlLine.WriteAsync(stream, request, ControlJson.Default.ControlRequest, stopping);
            using var rest = new MemoryStream();
            var line = await ControlLine.ReadAsync(stream, rest, ControlLine.MostAnswerBytes, stopping);
            return line is null ? Gone(path) : JsonSerializer.Deserialize(line, ControlJson.Default.ControlAnswer)!;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AccessDenied)
        {
            return ControlAnswer.Wrong(ExitStatus.NoPermission, $"this user may not ask the daemon at {path}: root and the daemon's own user may");
        }
        catch (SocketException failure)
        {
            return ControlAnswer.Wrong(
                ExitStatus.Unavailable,
                $"no daemon answers at {path}: {failure.Message}; start one, or name its socket with --control or its map with --config");
        }
        catch (ArgumentException)
        {
            return ControlAnswer.Wrong(ExitStatus.Usage, $"no socket can have the path {path}");
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return Gone(path);
        }
        catch (JsonException failure)
        {
            return ControlAnswer.Wrong(ExitStatus.Software, $"the daemon at {path} answers what this program does not understand: {failure.Message}");
        }
    }

    private static ControlAnswer Gone(string path) =>
        ControlAnswer.Wrong(ExitStatus.Unavailable, $"the daemon at {path} has ended before it answered");
}
