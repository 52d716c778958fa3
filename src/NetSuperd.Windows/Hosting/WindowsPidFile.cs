using System.Globalization;
using NetSuperd.Hosting;

namespace NetSuperd.Windows.Hosting;

/// <summary>The file that holds the daemon's process id while it runs.</summary>
internal sealed class WindowsPidFile : IPidFile
{
    private readonly string _path;
    private readonly string _content = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\r\n";

    /// <summary>Writes it.</summary>
    public WindowsPidFile(string path)
    {
        _path = path;
        File.WriteAllText(_path, _content);
    }

    /// <inheritdoc/>
    public void Restore()
    {
        // No successor replaces it.
    }

    /// <inheritdoc/>
    public void Remove()
    {
        try
        {
            if (File.Exists(_path) && File.ReadAllText(_path) == _content)
            {
                File.Delete(_path);
            }
        }
        catch (Exception used) when (used is IOException or UnauthorizedAccessException)
        {
            // Another program has it open; the file of a process that has ended does no harm.
        }
    }
}
