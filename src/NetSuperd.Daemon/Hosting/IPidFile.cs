namespace NetSuperd.Hosting;

/// <summary>The file that holds the daemon's process id while it runs.</summary>
internal interface IPidFile
{
    /// <summary>Writes the file again where a successor has replaced it and then failed to start.</summary>
    void Restore();

    /// <summary>Removes the file if it is still ours.</summary>
    void Remove();
}
